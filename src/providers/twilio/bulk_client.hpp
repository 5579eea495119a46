#pragma once

#include "providers/provider.hpp"
#include "providers/twilio/api.hpp"
#include "providers/twilio/bulk_answer.hpp"
#include "providers/twilio/bulk_request.hpp"

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace smsctl::providers::twilio {

/// The request was taken whole; what became of each row is read back.
struct BulkAccepted {
    std::string operation_id;
};
/// It was taken, and the answer does not say under which name: its messages are found by its tag.
struct BulkAcceptedUntracked {};
/// Refused for good, and nothing of it was created.
struct BulkRejected {
    ProviderError error;
    std::vector<BulkFault> faults; ///< every entry of the answer; those with a row are about it
};
/// After `NotSent` the same request may go again under the same batch id; after `Unknown` none of
/// its rows may go any way until it was found by its tag, or somebody decides.
using BulkOutcome =
    std::variant<BulkAccepted, BulkAcceptedUntracked, BulkRejected, NotSent, Unknown>;

struct BulkQuery {
    std::string batch_id;
    std::string operation_id; ///< asks by it instead of the tag; empty: by the tag
    std::optional<Instant> since;
};

struct BulkReadBack {
    std::vector<BulkMessage> messages; ///< all those found that carry the batch's tag
    /// The operations that made them; more than one: something on the way sent the request twice.
    std::set<std::string> operation_ids;
    /// False when other messages came too: Twilio overlooked the filter, and reading ended there.
    bool filter_honoured = true;
    bool is_cut_off = false; ///< by the limit of requests, after the first page
};

/// Twilio's bulk API for one account. Reads throw what `Provider`'s reads throw. For one thread.
class BulkClient {
public:
    /// `name` is what errors call the provider. Throws `usage.api_base` for a bad base.
    BulkClient(std::string_view name, ProviderConfig config);

    /// At most one POST, over a connection of its own, whatever happens; never throws for what the
    /// network or Twilio does. Throws `internal.bulk_request` before anything leaves for a request
    /// that `cut_bulk` would not make.
    BulkOutcome submit(const BulkRequest& request);

    /// Nothing while Twilio shows no such operation: it may be too early or, after a week, too
    /// late.
    std::optional<BulkOperation> fetch_operation(std::string_view operation_id);
    /// With its attempts; nothing while Twilio shows no such message.
    std::optional<BulkMessage> fetch_message(std::string_view message_id);
    /// Every page; that nothing is found proves nothing.
    BulkReadBack read_back(const BulkQuery& query);
    /// How many requests reads have made.
    int requests() const { return m_api.requests(); }
    /// Whether a read may make another.
    bool has_request_left() const { return m_api.has_request_left(); }

private:
    template <typename Value>
    using Reader = std::optional<Value> (*)(std::string_view json);
    template <typename Value>
    std::optional<Value> get(const std::string& path, Reader<Value> read);
    BulkOutcome refused(const http::Result& result);

    Api m_api;
};

} // namespace smsctl::providers::twilio
