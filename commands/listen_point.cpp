#include "commands/listen_point.hpp"

#include "http/url.hpp"
#include "store/lookup.hpp"
#include "store/numbers.hpp"

#include <fmt/format.h>

#include <condition_variable>
#include <mutex>
#include <utility>

namespace smsctl {

namespace {

std::string shown(const std::string& url)
{
    return url.empty() ? "nowhere" : url;
}

std::string how_to_undo(const std::string& address, const std::string& former)
{
    return fmt::format("smsctl number set {} --undo points it at {} again", address, shown(former));
}

/// The provider must reach it; only a simulator reaches this machine itself.
void check_address(const std::string& public_url, const std::string& api_base)
{
    if (public_url.empty())
        throw usage_error("usage.point",
                          "--point needs the address by which the provider reaches this listener",
                          "add --public-url https://…, or smsctl workspace set NAME public-url=…");
    const auto base = http::parse_url(api_base);
    const bool is_simulated = base && base->is_loopback();
    const auto url = http::parse_url(public_url);
    const bool is_local = url && url->is_loopback();
    if (is_local && !is_simulated)
        throw usage_error("usage.point",
                          fmt::format("--point: the provider cannot reach {}", public_url),
                          "give the tunnel's or proxy's https address as --public-url");
    if (!is_local && (!url || url->scheme != "https"))
        throw usage_error("usage.point",
                          fmt::format("--point: {} is not https", public_url),
                          "texts would cross the network in the clear; use the https address");
}

sms::Number active_number(store::Scope& scope, const std::string& reference)
{
    sms::Number number = store::find_number(scope, reference);
    if (!number.active)
        throw not_found_error("active number",
                              number.address,
                              "the provider no longer lists it; smsctl sync numbers looks again");
    return number;
}

} // namespace

void warn_of_left_over(store::Scope& scope, Session& session, std::int64_t pointed_now)
{
    for (const store::Pointing& left : store::Pointings(scope).left_over(session.clock().now())) {
        const auto number = store::Numbers(scope).by_row(left.number_row);
        if (number && number->row != pointed_now)
            session.warn(fmt::format("smsctl: {} still points at {}, where a listener that was "
                                     "killed left it; {}",
                                     number->address,
                                     left.url,
                                     how_to_undo(number->address, left.former_url)));
    }
}

ListenPoint::ListenPoint(const std::string& reference,
                         const std::string& public_url,
                         const std::string& path,
                         Session& session,
                         Say say)
    : m_session(session),
      m_say(std::move(say)),
      m_database({.location = session.database_location()}),
      m_scope(m_database.scope(session.workspace(Access::mutating))),
      m_pointing(m_scope, session.clock(), active_number(m_scope, reference))
{
    check_address(public_url, session.api_base(m_scope.workspace()));
    m_url = webhook::pointed_url(public_url, path);
    m_provider = session.provider_until(m_scope.workspace(), {});
}

ListenPoint::~ListenPoint()
{
    m_end.request_stop();
    if (m_thread.joinable())
        m_thread.join();
    put_back();
}

std::string ListenPoint::plan() const
{
    const sms::Number& number = m_pointing.number();
    return fmt::format(
        "{}: {} -> {} while it listens", number.address, shown(number.webhook_url), m_url);
}

void ListenPoint::begin()
{
    m_pointing.claim();
    const auto provider = m_session.provider(m_scope.workspace()); // a signal ends its retries
    tell(m_pointing.put_back(*provider));
    const sms::Number number = m_pointing.look(*provider);
    if (!number.application_id.empty()) {
        m_pointing.release();
        throw usage_error("usage.point",
                          fmt::format("--point: {} takes the messages of {}, whose webhook is "
                                      "therefore not used",
                                      number.application_id,
                                      number.address),
                          "take the application off the number at the provider first");
    }
    const bool is_same = number.webhook_url == m_url && number.webhook_method == "POST";
    if (!is_same && !m_session.confirm(fmt::format("Inbound messages of {}: {} -> {}, until listen "
                                                   "ends?",
                                                   number.address,
                                                   shown(number.webhook_url),
                                                   m_url))) {
        m_pointing.release();
        throw usage_error("usage.not_confirmed", "nothing was changed");
    }
    m_former = shown(number.webhook_url);
    m_is_pointed = true; // or may be, whatever the provider says now
    m_pointing.point(*provider, m_url);
}

void ListenPoint::watch(std::stop_token done, std::function<void()> ended)
{
    m_thread = std::jthread([this, ended = std::move(ended)] {
        keep(m_end.get_token());
        put_back();
        ended();
    });
    m_on_done.emplace(std::move(done), [this] { m_end.request_stop(); });
}

/// Renews the claim in good time until `stop`.
void ListenPoint::keep(const std::stop_token& stop)
{
    std::mutex mutex;
    std::condition_variable_any wake;
    std::unique_lock lock(mutex);
    while (!stop.stop_requested()) {
        wake.wait_for(lock, stop, webhook::Pointing::lease_length / 6, [] { return false; });
        try {
            if (!stop.stop_requested())
                m_pointing.renew();
        } catch (const std::exception& error) { // there is time for another try
            m_say(fmt::format("smsctl: --point: {}", error.what()));
        }
    }
}

void ListenPoint::put_back() noexcept
{
    if (!std::exchange(m_is_pointed, false))
        return;
    const std::string& address = m_pointing.number().address;
    try {
        tell(m_pointing.put_back(*m_provider));
        m_pointing.release();
    } catch (const Error& error) {
        const std::string what =
            fmt::format("{} still points at {}: {}", address, m_url, error.what());
        const std::string hint = how_to_undo(address, m_former);
        m_say(fmt::format("smsctl: {}; {}", what, hint));
        m_failure = std::make_exception_ptr(Error(error.exit(), "point.not_put_back", what, hint));
    } catch (const std::exception& error) {
        m_say(fmt::format("smsctl: {} still points at {}: {}", address, m_url, error.what()));
        m_failure = std::current_exception();
    }
}

void ListenPoint::tell(webhook::PutBack result) const
{
    const sms::Number& number = m_pointing.number();
    if (result == webhook::PutBack::left_alone)
        m_say(fmt::format("smsctl: the webhook of {} was changed to {} meanwhile, which stays",
                          number.address,
                          shown(number.webhook_url)));
    else if (result == webhook::PutBack::done && !m_session.options().quiet)
        m_say(fmt::format(
            "Inbound messages of {} go to {} again", number.address, shown(number.webhook_url)));
}

void ListenPoint::finish()
{
    if (m_thread.joinable())
        m_thread.join();
    if (m_failure)
        std::rethrow_exception(m_failure);
}

} // namespace smsctl
