#include "reconcile/look_ahead.hpp"

#include "core/error.hpp"
#include "store/polls.hpp"

#include <cstddef>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>

namespace smsctl::reconcile {

namespace {

std::vector<sms::Message> in_order_of(const std::vector<std::string_view>& ids,
                                      std::vector<sms::Message> stored)
{
    std::unordered_map<std::string_view, sms::Message*> by_id;
    for (sms::Message& message : stored)
        by_id.emplace(message.provider_id, &message);
    std::vector<sms::Message> ordered(ids.size());
    for (std::size_t i = 0; i < ids.size(); ++i)
        if (const auto found = by_id.extract(ids[i]); !found.empty())
            ordered[i] = std::move(*found.mapped());
    return ordered;
}

} // namespace

LookAhead::LookAhead(std::string location, Workspace workspace)
    : m_location(std::move(location)), m_workspace(std::move(workspace))
{
}

std::vector<sms::Message> LookAhead::known(const providers::ReadOutcome& outcome)
{
    const auto* const page = std::get_if<providers::MessagePage>(&outcome);
    if (page == nullptr)
        return {};
    std::vector<std::string_view> ids;
    for (const providers::RemoteMessage& remote : page->messages)
        ids.push_back(remote.provider_id);
    try {
        if (!m_database) {
            m_database.emplace(
                store::OpenOptions{.location = m_location, .create = false, .migrate = false});
            m_scope.emplace(m_database->scope(m_workspace));
        }
        return in_order_of(ids, store::Polls(*m_scope).with_provider_ids(ids));
    } catch (const Error&) { // whoever enters the page will meet it again, and say so
        return {};
    }
}

} // namespace smsctl::reconcile
