#include "providers/twilio/api.hpp"

#include "core/crypto.hpp"
#include "core/text.hpp"
#include "http/url.hpp"
#include "providers/twilio/answer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace smsctl::providers::twilio {

namespace {

constexpr std::string_view version_path = "/2010-04-01/Accounts/";
constexpr std::string_view agent = "smsctl";
constexpr int most_tries = 4;
constexpr Millis first_jitter = Millis(500);
constexpr Millis longest_jitter = std::chrono::seconds(30);
/// Beyond this a command had better give up and say how long to wait.
constexpr Millis longest_obeyed = std::chrono::minutes(5);

std::string base_of(const std::string& api_base, std::string_view real_base)
{
    if (api_base.empty())
        return std::string(real_base);
    const auto url = http::parse_url(api_base);
    if (!url)
        throw usage_error("usage.api_base",
                          fmt::format("{} is no http or https address", api_base),
                          "give it like http://127.0.0.1:8788");
    std::string base = url->origin() + url->target.substr(0, url->target.find('?'));
    while (base.ends_with('/'))
        base.pop_back();
    return base;
}

std::string user_of(const ProviderConfig& config)
{
    return config.api_key_id.empty() ? config.account_id : config.api_key_id;
}

/// `text` without the secret, as it stands or as Basic authentication wraps it.
std::string without_secret(std::string text, std::string_view user, const Secret& secret)
{
    if (secret.empty())
        return text;
    const std::string plain(secret.reveal());
    for (const std::string& hidden : {plain, crypto::base64(fmt::format("{}:{}", user, plain))})
        for (std::size_t at = text.find(hidden); at != std::string::npos;
             at = text.find(hidden, at))
            text.replace(at, hidden.size(), "***");
    return text;
}

http::Trace masked(const ProviderConfig& config)
{
    if (!config.trace)
        return {};
    return [trace = config.trace, user = user_of(config), secret = config.secret](
               std::string_view line) {
        trace(mask_numbers(without_secret(std::string(line), user, secret)));
    };
}

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

unsigned random_seed()
{
    unsigned seed = 0;
    for (const char byte : crypto::random_bytes(sizeof seed))
        seed = (seed << 8U) | static_cast<unsigned char>(byte);
    return seed;
}

} // namespace

Api::Api(std::string_view provider, ProviderConfig config, std::string_view real_base)
    : m_provider(provider),
      m_config(std::move(config)),
      m_base(base_of(m_config.api_base, real_base)),
      m_clock(m_config.clock != nullptr ? m_config.clock : &m_system_clock),
      m_http(std::string(agent), masked(m_config)),
      m_random(random_seed()),
      m_rate(*m_clock, m_config.limits.rate)
{
}

std::string Api::account_path(std::string_view rest) const
{
    return fmt::format("{}{}{}", version_path, http::encode_component(m_config.account_id), rest);
}

std::string Api::page_path(std::string_view address) const
{
    if (address.empty() || address.starts_with('/'))
        return std::string(address);
    const auto url = http::parse_url(address);
    if (!url)
        throw unusable("an answer names a next page that is no address");
    return url->target;
}

http::Request Api::request(std::string method, const std::string& path) const
{
    http::Request made;
    made.method = std::move(method);
    made.url = m_base + path;
    made.headers = {{"Accept", "application/json"}};
    made.auth = {user_of(m_config), m_config.secret};
    return made;
}

http::Request Api::form_request(const std::string& path) const
{
    http::Request made = request("POST", path);
    made.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    return made;
}

http::Result Api::get(const std::string& path)
{
    return m_http.perform(request("GET", path));
}

http::Result Api::remove(const std::string& path)
{
    return m_http.perform(request("DELETE", path));
}

http::Result Api::post(const std::string& path, const http::Form& form)
{
    http::Request made = form_request(path);
    made.body = http::encode_form(form);
    return m_http.perform(made);
}

http::Pool Api::post_pool(const std::string& path) const
{
    return {std::string(agent), form_request(path), masked(m_config)};
}

http::Pool Api::get_pool() const
{
    return {std::string(agent), get_request("/"), masked(m_config)};
}

http::Result Api::post_json(const std::string& path, std::string json, Millis timeout)
{
    http::Request made = request("POST", path);
    made.headers.emplace_back("Content-Type", "application/json");
    made.body = std::move(json);
    made.timeout = timeout;
    made.fresh_connection = true;
    return m_http.perform(made);
}

http::Response Api::settle(const Exchange& exchange, const Readable& readable)
{
    for (int attempt = 1;; ++attempt) {
        book_request();
        http::Result result = exchange();
        if (auto* response = std::get_if<http::Response>(&result)) {
            const bool success = response->status >= 200 && response->status < 300;
            const bool refused = response->status >= 400 && !is_passing(result);
            if (refused || (success && readable(response->body)))
                return std::move(*response);
        }
        if (attempt == most_tries || !wait_before(attempt + 1, result)) {
            throw not_now(result);
        }
    }
}

Error Api::not_now(const http::Result& result) const
{
    ProviderError error = explained(result);
    if (const auto wait = retry_after(result, now()))
        error.advice += fmt::format("; Twilio asks to wait {} s", wait->count() / 1000);
    return error_of(error);
}

bool Api::has_request_left() const
{
    const int most = m_config.limits.max_requests;
    return (most == 0 || m_requests < most) && !m_config.stop.stop_requested();
}

void Api::book_request()
{
    const bool is_limited = m_config.limits.max_requests > 0 || m_config.limits.rate;
    if (is_limited &&
        (!has_request_left() || !m_clock->wait(m_rate.wait_for("", 1), m_config.stop)))
        throw Error(Exit::pending,
                    std::string(no_request_left),
                    "the provider may not be asked any more",
                    "run it again");
    ++m_requests;
}

bool Api::wait_before(int next_try, const http::Result& result)
{
    const Millis ceiling = std::min(longest_jitter, first_jitter * (1 << (next_try - 2)));
    std::uniform_int_distribution<Millis::rep> jitter(0, ceiling.count());
    const Millis wait = retry_after(result, now()).value_or(Millis(jitter(m_random)));
    if (wait > longest_obeyed)
        return false;
    if (m_config.trace)
        m_config.trace(fmt::format("* try {} of {} in {} ms", next_try, most_tries, wait.count()));
    return m_clock->wait(wait, m_config.stop);
}

Error Api::refusal(const http::Response& response) const
{
    return error_of(explained(response));
}

Error Api::unusable(const std::string& why) const
{
    Error error(Exit::unavailable,
                "provider.unavailable",
                fmt::format("Twilio gives no usable answer: {}", why),
                "try again later");
    error.with_provider({.provider = m_provider, .code = {}, .http = 0, .request_id = {}});
    return error;
}

Error Api::no_account() const
{
    Error error(Exit::auth,
                "auth.refused",
                fmt::format("Twilio knows no account {}", account_id()),
                "check the account SID");
    error.with_provider({.provider = m_provider, .code = 20404, .http = 404, .request_id = {}});
    return error;
}

ProviderError Api::explained(const http::Result& result) const
{
    return scrubbed(explain_answer(result, m_provider));
}

SubmitOutcome Api::submitted(const http::Result& result) const
{
    SubmitOutcome outcome = outcome_of(result, m_provider, now());
    if (auto* rejected = std::get_if<Rejected>(&outcome))
        rejected->error = scrubbed(std::move(rejected->error));
    else if (auto* not_sent = std::get_if<NotSent>(&outcome))
        not_sent->error = scrubbed(std::move(not_sent->error));
    else if (auto* unknown = std::get_if<Unknown>(&outcome))
        unknown->reason = scrubbed(std::move(unknown->reason));
    return outcome;
}

ProviderError Api::scrubbed(ProviderError error) const
{
    error.message = scrubbed(std::move(error.message));
    error.fault.request_id = scrubbed(std::move(error.fault.request_id));
    return error;
}

std::string Api::scrubbed(std::string text) const
{
    // Headers and error texts may hold any bytes; the database and stdout take UTF-8.
    return text::to_utf8(without_secret(std::move(text), user_of(m_config), m_config.secret));
}

std::string mask_numbers(std::string_view line)
{
    constexpr std::size_t shortest = 7;
    constexpr std::size_t shown = 2;
    std::string masked(line);
    for (std::size_t i = 0; i < masked.size();) {
        if (!is_digit(masked[i])) {
            ++i;
            continue;
        }
        std::size_t end = i;
        while (end < masked.size() && is_digit(masked[end]))
            ++end;
        // Digits within a word are a SID or a hash, but "%2B" is a plus.
        const bool plus =
            i >= 3 && text::equal_ignoring_case(std::string_view(masked).substr(i - 3, 3), "%2b");
        const bool within_word = (i > 0 && is_letter(masked[i - 1]) && !plus) ||
                                 (end < masked.size() && is_letter(masked[end]));
        if (end - i >= shortest && !within_word)
            std::fill(masked.begin() + static_cast<std::ptrdiff_t>(i),
                      masked.begin() + static_cast<std::ptrdiff_t>(end - shown),
                      'x');
        i = end;
    }
    return masked;
}

} // namespace smsctl::providers::twilio
