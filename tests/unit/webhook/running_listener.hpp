#pragma once

#include "http/client.hpp"
#include "http/form.hpp"
#include "store/database.hpp"
#include "store/scope.hpp"
#include "support/loopback_server.hpp"
#include "support/temp_dir.hpp"
#include "webhook/forwarder.hpp"
#include "webhook/listener.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace smsctl::test {

inline constexpr std::string_view hook_account = "AC00000000000000000000000000000001";
inline constexpr std::string_view hook_number = "+14155550100";
inline constexpr std::string_view hook_token = "smsctl-test-token";

/// What a test changes about the listener before it runs.
using Adjust = std::function<void(webhook::ListenerOptions&)>;

/// A listener behind a real server, on a real database with one workspace, "prod", that owns
/// `hook_number` and signs with `hook_token`.
class RunningListener {
public:
    explicit RunningListener(const Adjust& adjust = {},
                             webhook::Listener::SecretOf secret_of = {},
                             webhook::Listener::OnReceived on_received = {},
                             std::optional<webhook::ForwarderOptions> forward = {});

    std::string url(std::string_view target = "/") const;
    std::string location() const { return (folder / "smsctl.db").string(); }
    /// Another connection's view, as the test's thread may use it.
    store::Scope scope() { return database.scope(workspace); }
    Workspace
    add_workspace(const std::string& name, std::string_view account_id, std::string_view number);
    /// Rows of a query, every value as text.
    std::vector<std::vector<std::string>> rows(const std::string& sql) const;
    std::string value(const std::string& sql) const { return rows(sql).at(0).at(0); }
    /// Stops the server, the listener and the forwarder, as the command does at its end.
    void stop();

    TempDir folder;
    SystemClock clock;
    store::Database database;
    Workspace workspace;
    Arrivals<webhook::Received> received;
    Arrivals<std::string> problems;
    Arrivals<webhook::ForwardAttempt> attempts;
    std::stop_source ending; ///< of the forwarder
    std::optional<webhook::Forwarder> forwarder;
    std::optional<webhook::Listener> listener;
    Arrivals<std::string> handed_over; ///< targets of requests that `handle` has dealt with
    http::Server server;
    std::jthread server_thread; ///< last: ends first
};

/// The form of an inbound text as Twilio sends it.
http::Form inbound_form(std::string_view sid, std::string_view body);
http::Form status_form(std::string_view sid, std::string_view status);
/// "SM" and 32 hexadecimal digits.
std::string sid(int number);

/// A form POST to `url`, signed for `signed_url` (`url` when empty) with `token`; not signed with
/// an empty token.
http::Request form_post(const std::string& url,
                        const http::Form& form,
                        std::string_view token = hook_token,
                        const std::string& signed_url = {});
/// The answer's status; 0 when none came.
int post(const http::Request& request);
http::Response answer_to(const http::Request& request);

} // namespace smsctl::test
