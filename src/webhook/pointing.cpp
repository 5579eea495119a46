// A number is claimed, looked at, written down with its former webhook, and only then changed; at
// the end it is looked at again and changed back, and only then forgotten. Killed anywhere in
// between, what is written down still holds: either the number still has its former webhook, or it
// has ours and the former one is known. A webhook that is neither was set by somebody else.
#include "webhook/pointing.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "store/numbers.hpp"
#include "updates/number_settings.hpp"
#include "updates/sync_numbers.hpp"
#include "webhook/signed_urls.hpp"

#include <fmt/format.h>

#include <utility>

namespace smsctl::webhook {

namespace {

/// Who holds it, in words: "process 812", or "another machine's process 812".
std::string holder(const store::Pointing& pointing)
{
    constexpr std::size_t pid_part = 3;
    const auto parts = text::split(pointing.owner, '/');
    const bool is_here = store::liveness(pointing.owner) == store::Liveness::alive;
    return fmt::format("{} {}",
                       is_here ? "process" : "another machine's process",
                       parts.size() > pid_part ? parts[pid_part] : "?");
}

} // namespace

std::string pointed_url(std::string_view public_url, std::string_view path)
{
    std::vector<std::string> urls = urls_below(public_url, path);
    // A tunnel's own path alone reaches "/".
    const bool is_whole = path == "/" && urls.size() > 1;
    return std::move(urls[is_whole ? 1 : 0]);
}

Pointing::Pointing(store::Scope& scope, const Clock& clock, sms::Number number)
    : m_scope(scope), m_clock(clock), m_number(std::move(number))
{
}

void Pointing::claim()
{
    const store::Pointing pointing =
        store::Pointings(m_scope).claim(m_number.row, m_owner, m_clock.now(), until());
    if (pointing.owner != m_owner)
        throw usage_error("usage.pointed",
                          fmt::format("{} points the webhook of {} at {}",
                                      holder(pointing),
                                      m_number.address,
                                      pointing.url.empty() ? "itself" : pointing.url),
                          "end that listener first, which puts the former webhook back");
}

const sms::Number& Pointing::look(providers::Provider& provider)
{
    const auto found = provider.fetch_number(m_number.provider_id);
    if (!found)
        throw not_found_error("number",
                              m_number.address,
                              "the provider no longer lists it; smsctl sync numbers looks again");
    m_number = store::Numbers(m_scope).resolve(m_number.id); // its labels may have changed
    m_number.webhook_url = found->webhook_url;
    m_number.webhook_method = found->webhook_method;
    m_number.friendly_name = found->friendly_name;
    m_number.capabilities = found->capabilities;
    m_number.application_id = found->application_id;
    return m_number;
}

void Pointing::point(providers::Provider& provider, const std::string& url)
{
    store::Pointing pointing;
    pointing.number_row = m_number.row;
    pointing.url = url;
    pointing.former_url = m_number.webhook_url;
    pointing.former_method = m_number.webhook_method;
    pointing.owner = m_owner;
    pointing.owner_until = until();
    if (!store::Pointings(m_scope).update(pointing))
        throw usage_error("usage.pointed",
                          fmt::format("another listener has taken {} meanwhile", m_number.address));
    change(provider, url, "POST");
    if (m_number.webhook_url == url)
        return;
    pointing.url = m_number.webhook_url; // as the provider writes it
    store::Pointings(m_scope).update(pointing);
}

PutBack Pointing::put_back(providers::Provider& provider)
{
    auto pointing = store::Pointings(m_scope).find(m_number.row);
    if (!pointing || pointing->owner != m_owner || pointing->url.empty())
        return PutBack::not_needed;
    look(provider);
    const bool is_ours = m_number.webhook_url == pointing->url;
    const bool is_former = m_number.webhook_url == pointing->former_url;
    if (is_ours)
        change(provider, pointing->former_url, pointing->former_method);
    else
        change(provider, m_number.webhook_url, m_number.webhook_method); // only noted down here
    pointing->url.clear();
    pointing->owner_until = until();
    store::Pointings(m_scope).update(*pointing);
    return is_ours || is_former ? PutBack::done : PutBack::left_alone;
}

bool Pointing::renew()
{
    return store::Pointings(m_scope).renew(m_number.row, m_owner, until());
}

void Pointing::release()
{
    store::Pointings(m_scope).release(m_number.row, m_owner);
}

void Pointing::change(providers::Provider& provider,
                      const std::string& url,
                      const std::string& method)
{
    sms::Number after = m_number;
    after.webhook_url = url;
    after.webhook_method = method;
    if (updates::concerns_provider(m_number, after)) {
        m_number = updates::apply_settings(m_scope, &provider, m_clock, m_number, after);
        return;
    }
    const sms::Number stored = store::Numbers(m_scope).resolve(m_number.id);
    if (updates::concerns_provider(stored, after))
        m_number = updates::apply_settings(m_scope, nullptr, m_clock, stored, after);
}

} // namespace smsctl::webhook
