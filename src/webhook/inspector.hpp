#pragma once

#include "core/clock.hpp"
#include "providers/provider.hpp"
#include "store/database.hpp"
#include "webhook/listener.hpp"
#include "workspace/workspace.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace smsctl::webhook {

/// What a request is and whether to believe it.
struct Inspected {
    Workspace workspace; ///< whose it is; the listener's home when it is nobody's
    providers::WebhookContent content;
    int refusal = 0;    ///< HTTP status to refuse it with; 0: apply it
    std::string reason; ///< why it is refused, for the log and never for the sender
    http::ServerResponse acknowledgement;
};

/// Finds whose a webhook is and checks its signature. Reads the database, writes nothing, and runs
/// outside of any transaction, since a secret may come from a slow command.
class Inspector {
public:
    Inspector(store::Database& database,
              const ListenerOptions& options,
              Listener::SecretOf secret_of,
              Clock& clock);

    /// Looks whether others changed whose numbers are whose. Throws storage errors, as `inspect`.
    void begin_batch();
    Inspected inspect(const providers::WebhookRequest& request);

private:
    struct KnownSecret {
        Secret secret;
        Instant read_at;
    };

    std::optional<Workspace> owner(const providers::WebhookContent& content,
                                   const std::string& account_id);
    std::vector<Workspace> owning(const std::string& address);
    std::optional<Workspace> choose(std::vector<Workspace> candidates,
                                    const std::string& account_id) const;
    std::string signature_problem(const providers::Webhooks& webhooks,
                                  const providers::WebhookRequest& request,
                                  const Workspace& workspace);
    const KnownSecret& secret(const Workspace& workspace, Millis max_age);

    store::Database& m_database;
    const ListenerOptions& m_options;
    Listener::SecretOf m_secret_of;
    Clock& m_clock;
    std::map<std::int64_t, KnownSecret> m_secrets; ///< by workspace row
    /// Whose numbers are whose, as long as no other connection commits anything.
    std::map<std::string, std::vector<Workspace>> m_owners;
    std::int64_t m_owners_version = -1;
};

} // namespace smsctl::webhook
