#include "reconcile/look_ahead.hpp"

#include "core/error.hpp"
#include "store/polls.hpp"

#include <cstddef>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>

namespace smsctl::reconcile {

std::vector<sms::Message> outlines_of(store::Scope& scope, const std::vector<std::string_view>& ids)
{
    std::unordered_map<std::string_view, std::size_t> places; // the first, where an id is repeated
    for (std::size_t i = 0; i < ids.size(); ++i)
        places.emplace(ids[i], i);
    std::vector<sms::Message> outlines(ids.size());
    for (sms::Message& message : store::Polls(scope).with_provider_ids(ids))
        if (const auto place = places.find(message.provider_id); place != places.end())
            outlines[place->second] = std::move(message);
    for (std::size_t i = 0; i < ids.size() && places.size() < ids.size(); ++i)
        if (const std::size_t first = places.at(ids[i]); first != i)
            outlines[i] = outlines[first];
    return outlines;
}

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
        return outlines_of(*m_scope, ids);
    } catch (const Error&) { // whoever enters the page will meet it again, and say so
        return {};
    }
}

} // namespace smsctl::reconcile
