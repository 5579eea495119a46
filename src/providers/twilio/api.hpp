#pragma once

#include "core/clock.hpp"
#include "http/client.hpp"
#include "http/form.hpp"
#include "http/pool.hpp"
#include "providers/provider.hpp"
#include "providers/rate_limiter.hpp"

#include <functional>
#include <random>
#include <string>
#include <string_view>

namespace smsctl::providers::twilio {

inline constexpr std::string_view main_base = "https://api.twilio.com";

/// One account's door to one of Twilio's hosts: address, credentials, and which requests come
/// again. For one thread.
class Api {
public:
    /// `provider` is the name errors carry; `real_base` is where requests go unless the
    /// configuration says otherwise. Throws `usage.api_base` when that makes no sense.
    Api(std::string_view provider, ProviderConfig config, std::string_view real_base = main_base);

    const std::string& provider() const { return m_provider; }
    const std::string& account_id() const { return m_config.account_id; }
    Instant now() const { return m_clock->now(); }
    /// Scheme and host that requests go to, no slash behind.
    const std::string& base() const { return m_base; }
    /// "/2010-04-01/Accounts/AC…" and `rest` behind it, which begins with "/" or ".json".
    std::string account_path(std::string_view rest) const;
    /// The path of a page address that an answer names. Only its path and query are ever used:
    /// our credentials go to our own base, whatever host an answer names. Empty stays empty;
    /// throws `provider.unavailable` for what is no address.
    std::string page_path(std::string_view address) const;

    /// One exchange, whatever comes.
    http::Result get(const std::string& path);
    http::Result post(const std::string& path, const http::Form& form);
    http::Result remove(const std::string& path);
    /// Over a connection of its own.
    http::Result post_json(const std::string& path, std::string json, Millis timeout);

    /// Many forms posted to one path at once.
    http::Pool post_pool(const std::string& path) const;
    /// Many requests at once, each of `get_request`.
    http::Pool get_pool() const;
    http::Request get_request(const std::string& path) const { return request("GET", path); }

    using Exchange = std::function<http::Result()>;
    using Readable = std::function<bool(const std::string& body)>;
    /// Repeats what is safe to repeat, up to four times: full jitter under half a second doubled
    /// each time (30 s at most), or what Retry-After says. Comes back with a success that is
    /// `readable` or a refusal (other 4xx); throws `provider.unavailable` or
    /// `provider.rate_limited`, and `no_request_left` where the configuration's limits end it.
    http::Response settle(const Exchange& exchange, const Readable& readable);
    /// How many requests `settle` has made.
    int requests() const { return m_requests; }
    /// Whether it may make another.
    bool has_request_left() const;

    /// The error for a refusal, by its HTTP status.
    Error refusal(const http::Response& response) const;
    Error unusable(const std::string& why) const;
    /// The error of an exchange that may go better later, with the time Twilio asks to wait.
    Error not_now(const http::Result& result) const;
    /// What a 404 means where only the account can be missing.
    Error no_account() const;
    /// `explain_answer` and `outcome_of`, without our secrets should an answer repeat them.
    ProviderError explained(const http::Result& result) const;
    SubmitOutcome submitted(const http::Result& result) const;
    /// A stranger's text as UTF-8, without our secrets.
    std::string scrubbed(std::string text) const;

private:
    http::Request request(std::string method, const std::string& path) const;
    http::Request form_request(const std::string& path) const;
    ProviderError scrubbed(ProviderError error) const;
    void book_request();
    bool wait_before(int next_try, const http::Result& result);

    std::string m_provider;
    ProviderConfig m_config;
    std::string m_base;
    SystemClock m_system_clock;
    Clock* m_clock;
    http::Client m_http;
    std::minstd_rand m_random;
    RateLimiter m_rate;
    int m_requests = 0;
};

/// `line` with all but the last two digits of anything like a phone number replaced, for traces.
std::string mask_numbers(std::string_view line);

} // namespace smsctl::providers::twilio
