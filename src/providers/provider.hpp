#pragma once

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/money.hpp"
#include "core/secret.hpp"
#include "http/client.hpp"
#include "http/form.hpp"
#include "http/server.hpp"
#include "sms/call.hpp"
#include "sms/message.hpp"
#include "sms/number.hpp"
#include "sms/opt_out.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace smsctl::providers {

/// A message to hand to the provider.
struct Outgoing {
    std::string from;                 ///< may be empty with a Messaging Service
    std::string messaging_service_id; ///< "MG…"; empty without
    std::string to;
    std::string body;
    std::vector<std::string> media_urls;
    std::string status_callback; ///< URL; empty: none
    std::optional<Instant> send_at;
    std::optional<std::chrono::seconds> validity;
};

/// A message as the provider shows it.
struct RemoteMessage {
    std::string provider_id;
    sms::Direction direction = sms::Direction::outbound;
    std::string status_word;           ///< as it came
    std::optional<sms::Status> status; ///< nothing for a word we do not know
    std::string from;
    std::string to;
    std::string messaging_service_id;
    std::string body;
    int segments = 0; ///< 0: not known yet
    int media_count = 0;
    std::optional<Money> price; ///< not negative
    std::optional<sms::Failure> failure;
    std::optional<Instant> created_at;
    std::optional<Instant> sent_at;
    std::optional<Instant> updated_at;
    std::string payload; ///< the JSON it was read from; in lists that of inbound messages alone
};

/// Whether trying again can help.
enum class Retry { never, after_change, later, unknown };

/// A provider's own error, explained.
struct ProviderError {
    ProviderFault fault;
    std::string message; ///< what the provider said
    std::string meaning; ///< what it means, from our table; empty when we do not know the code
    std::string advice;  ///< what to do
    Retry retry = Retry::unknown;
};

struct Accepted {
    RemoteMessage message;
};
/// Refused for good: nothing was created, and the same request would be refused again.
struct Rejected {
    ProviderError error;
};
/// Certainly not created, and worth another try: 429, refused connection, DNS, TLS.
struct NotSent {
    ProviderError error;
    std::optional<Millis> retry_after; ///< what the provider asked for
};
/// The request left and no usable answer came: it may or may not have been created.
struct Unknown {
    std::string reason;
};
using SubmitOutcome = std::variant<Accepted, Rejected, NotSent, Unknown>;

struct MessageFilter {
    std::string to;
    std::string from;
    std::optional<Instant> sent_after;  ///< inclusive; the provider may cut to whole days
    std::optional<Instant> sent_before; ///< inclusive
    /// Ask with times and not with whole days: cuts a busy day into parts. Only messages that have
    /// a date are sure to be listed then.
    bool to_the_second = false;
    int page_size = 1000;
};

struct MessagePage {
    std::vector<RemoteMessage> messages; ///< newest first
    std::string next;                    ///< hand it to the next call; empty after the last page
};

struct CallPage {
    std::vector<sms::Call> calls; ///< newest first, without rows and ids of ours
    std::string next;             ///< hand it to the next call; empty after the last page
};

struct Account {
    std::string account_id;
    std::string name;
    std::string status; ///< "active"
    std::string type;   ///< "Trial", "Full"
};

/// A change of a number's settings; what is not set stays.
struct NumberChange {
    std::optional<std::string> webhook_url;
    std::optional<std::string> webhook_method;
    std::optional<std::string> friendly_name;
};

/// What became of one submit; `ticket` is the one it was started with.
struct Submitted {
    std::int64_t ticket = 0;
    SubmitOutcome outcome;
    /// How many requests of the account ran then, ours and everybody's, where the provider says so.
    std::optional<int> account_in_flight = {};
};

/// Submits messages, many at once, each at most once whatever happens. For one thread, but for
/// `wake`. Never throws for what the network or the provider does.
class Submitter {
public:
    virtual ~Submitter() = default;

    /// Begins a submit; `wait` carries it out.
    virtual void start(std::int64_t ticket, const Outgoing& message) = 0;
    /// How many were begun and not handed back yet.
    virtual std::size_t in_flight() const = 0;
    /// Waits until something was answered, somebody called `wake`, or `longest` has passed (no end
    /// without), and gives what was answered.
    virtual std::vector<Submitted> wait(std::optional<Millis> longest) = 0;
    /// Ends a `wait`, the next one if none is under way. For any thread.
    virtual void wake() = 0;
};

/// One thing to read about messages.
struct MessageRead {
    enum class What {
        list,    ///< a page: of `filter`, or the one that the page before it named
        message, ///< one message
        media,   ///< the media of one message
    };
    What what = What::list;
    MessageFilter filter;
    std::string page;        ///< empty: the first
    std::string provider_id; ///< of the message
};

/// Nothing could be read now; the same read may be begun again.
struct NotNow {
    Error error;
    std::optional<Millis> retry_after; ///< what the provider asked for
    bool too_fast = false;             ///< it said so: 429
};

/// A message is nothing where the provider knows none of that id.
using ReadOutcome =
    std::variant<MessagePage, std::optional<RemoteMessage>, std::vector<sms::Media>, NotNow, Error>;

/// What became of one read; `ticket` is the one it was started with.
struct ReadAnswer {
    std::int64_t ticket = 0;
    ReadOutcome outcome;
};

/// Reads messages, many at once, a single request for each that is started: it repeats nothing, so
/// that its user can count. For one thread. Never throws for what the network or the provider does.
class Reader {
public:
    virtual ~Reader() = default;

    /// Begins a read; `wait` carries it out.
    virtual void start(std::int64_t ticket, const MessageRead& read) = 0;
    virtual std::size_t in_flight() const = 0;
    /// Waits until something was answered, somebody called `wake`, or `longest` has passed (no end
    /// without), and gives what was answered.
    virtual std::vector<ReadAnswer> wait(std::optional<Millis> longest) = 0;
    /// Ends a `wait`, the next one if none is under way. For any thread.
    virtual void wake() = 0;
};

/// The network side of a provider, for one account. Reads throw Error: `auth.*` (4), `not_found.*`
/// (3), `provider.rejected` (5), `provider.unavailable` (6, after the retries that are safe).
class Provider {
public:
    virtual ~Provider() = default;

    /// Its own connections; may be used beside the provider, in another thread.
    virtual std::unique_ptr<Submitter> submitter() = 0;
    /// The same for reading.
    virtual std::unique_ptr<Reader> reader() = 0;
    /// After so long nothing more will be known of a message that is not final.
    virtual Millis status_horizon() const = 0;
    /// Nothing when the provider knows no such message.
    virtual std::optional<RemoteMessage> fetch(std::string_view provider_id) = 0;
    /// `page` is empty for the first page, then what the last page said.
    virtual MessagePage list_messages(const MessageFilter& filter, std::string_view page) = 0;
    virtual std::vector<sms::Media> media(std::string_view provider_id) = 0;
    /// Every call of the account, a page at a time; `page` as of `list_messages`.
    virtual CallPage list_calls(std::string_view page) = 0;
    /// Cancels a message that still waits for its time; throws `provider.rejected` when too late.
    virtual RemoteMessage cancel(std::string_view provider_id) = 0;
    /// Empties the text at the provider.
    virtual RemoteMessage redact(std::string_view provider_id) = 0;
    /// Deletes the message at the provider; one that is not there is deleted.
    virtual void remove(std::string_view provider_id);
    /// Deletes what came or went with the message at the provider.
    virtual void remove_media(std::string_view provider_id);
    /// Every number of the account, all pages.
    virtual std::vector<sms::Number> list_numbers() = 0;
    /// Nothing when the account has no such number.
    virtual std::optional<sms::Number> fetch_number(std::string_view provider_id) = 0;
    virtual sms::Number update_number(std::string_view provider_id, const NumberChange& change) = 0;
    virtual Account account() = 0;
    /// Nothing where the account has no balance of its own.
    virtual std::optional<Money> balance() = 0;
    /// One cheap authenticated read that works with every kind of key; throws what it meets.
    virtual void check_credentials() = 0;
};

/// One webhook request, before anybody believes it.
struct WebhookRequest {
    std::string method;
    std::vector<std::string> urls; ///< the URLs that may have been signed, most likely first
    http::Headers headers;
    std::string body;
    /// What a provider made of its parameters, for the next question about the same request.
    mutable std::optional<http::Form> decoded = {};
};

/// A text that reached one of our numbers.
struct InboundMessage {
    std::string provider_id;
    std::string account_id;
    std::string from;
    std::string to; ///< may be empty
    std::string messaging_service_id;
    std::string body;
    std::vector<sms::Media> media;
    int segments = 0;
    sms::Keyword keyword = sms::Keyword::none; ///< the provider's verdict first, else our table
    std::string profile_name;                  ///< the sender's own name on channels that have one
    std::optional<Money> price = {};           ///< of what a poll found: a webhook says none
};

/// News about a message's status, be it from a callback or a poll.
struct StatusReport {
    std::string provider_id;
    std::string account_id;
    std::string status_word;
    std::optional<sms::Status> status; ///< nothing for a word we do not know
    std::optional<sms::Failure> failure;
    std::string from; ///< our number, when told
    std::string to;
    std::string messaging_service_id;
    std::optional<int> segments;
    std::optional<Money> price;
    std::optional<Instant> sent_at;
    std::optional<Instant> updated_at;
};

/// Why a webhook cannot be taken: the HTTP status to answer and one clause.
struct Unreadable {
    int http_status = 400;
    std::string reason;
};

using WebhookContent = std::variant<InboundMessage, StatusReport, Unreadable>;

/// The webhook side of a provider: pure, no network.
class Webhooks {
public:
    virtual ~Webhooks() = default;

    /// Whether the request looks like this provider's, by its headers and form.
    virtual bool recognises(const WebhookRequest& request) const = 0;
    /// Empty when the signature holds for one of the URLs; else the reason, one clause, no secrets.
    virtual std::string signature_problem(const WebhookRequest& request,
                                          const Secret& secret) const = 0;
    /// Whether the request carries a signature at all.
    virtual bool is_signed(const WebhookRequest& request) const = 0;
    virtual WebhookContent read(const WebhookRequest& request) const = 0;
    /// The account the request says it is about; empty when it says none.
    virtual std::string account_id(const WebhookRequest& request) const = 0;
    /// The answer that says "taken, and no reply".
    virtual http::ServerResponse acknowledgement() const = 0;
    /// The answer that says "taken, and text this to who wrote". `status_callback`: URL that is
    /// told what becomes of it.
    virtual http::ServerResponse reply(std::string_view body,
                                       std::string_view status_callback) const = 0;
};

/// What reads that come one after another may spend; a read that comes again counts again.
struct RequestLimits {
    int max_requests = 0;            ///< 0: no limit
    std::optional<double> rate = {}; ///< requests a second
};
/// The code of the error that ends a read for which `RequestLimits` left nothing.
inline constexpr std::string_view no_request_left = "pending.requests";

/// What it takes to speak to an account.
struct ProviderConfig {
    std::string account_id;
    std::string api_key_id; ///< empty: the account's own token
    Secret secret;          ///< auth token, or the API key's secret
    std::string api_base;   ///< replaces every host of the provider; empty: the real ones
    Clock* clock = nullptr;
    std::stop_token stop; ///< ends waits between retries
    http::Trace trace;
    RequestLimits limits = {};
};

} // namespace smsctl::providers
