#include "core/id.hpp"
#include "store/conversations.hpp"
#include "store/reference.hpp"
#include "store/sql_text.hpp"

#include <fmt/format.h>

namespace smsctl::store {

namespace {

constexpr SqlText select_contact =
    "SELECT id, public_id, name, address, external_id, time_zone, notes, created_at FROM contacts ";
constexpr SqlText by_address_sql = select_contact + "WHERE workspace_id = $1 AND address = $2";
constexpr SqlText by_id_sql = select_contact + "WHERE workspace_id = $1 AND public_id = $2";
constexpr SqlText by_name_sql =
    select_contact + "WHERE workspace_id = $1 AND lower(name) = lower($2) ORDER BY id LIMIT $3";

std::vector<sms::Contact> read(Statement& statement)
{
    std::vector<sms::Contact> contacts;
    while (statement.step())
        contacts.push_back({.row = statement.integer(0),
                            .id = statement.text(1),
                            .name = statement.text(2),
                            .address = statement.text(3),
                            .external_id = statement.text(4),
                            .time_zone = statement.text(5),
                            .notes = statement.text(6),
                            .created_at = statement.instant(7)});
    return contacts;
}

std::optional<sms::Contact> first(Statement& statement)
{
    auto contacts = read(statement);
    return contacts.empty() ? std::nullopt : std::optional(std::move(contacts.front()));
}

} // namespace

sms::Contact Contacts::find_or_create(std::string_view address, std::string_view name, Instant now)
{
    if (auto known = by_address(address))
        return *known;
    m_scope
        .prepare("INSERT INTO contacts (workspace_id, public_id, name, address, external_id, "
                 "time_zone, notes, created_at) VALUES ($1, $2, $3, $4, '', '', '', $5) "
                 "ON CONFLICT (workspace_id, address) DO NOTHING")
        .bind(2, new_id("ct", now))
        .bind(3, name.empty() ? fmt::format("Unknown ({})", address) : std::string(name))
        .bind(4, address)
        .bind(5, now)
        .run();
    return by_address(address).value();
}

std::optional<sms::Contact> Contacts::by_address(std::string_view address)
{
    Statement statement = m_scope.prepare(by_address_sql.c_str());
    return first(statement.bind(2, address));
}

std::optional<sms::Contact> Contacts::find(std::string_view reference)
{
    Statement by_id = m_scope.prepare(by_id_sql.c_str());
    if (auto contact = first(by_id.bind(2, reference)))
        return contact;
    if (auto contact = by_address(reference))
        return contact;
    Statement by_name = m_scope.prepare(by_name_sql.c_str());
    auto contacts = read(by_name.bind(2, reference).bind(3, int{candidates_shown} + 1));
    if (contacts.empty())
        return std::nullopt;
    if (contacts.size() == 1)
        return std::move(contacts.front());
    std::vector<std::string> candidates;
    candidates.reserve(contacts.size());
    for (const sms::Contact& contact : contacts)
        candidates.push_back(fmt::format("{} ({})", contact.id, contact.address));
    throw ambiguous("contact", reference, candidates);
}

} // namespace smsctl::store
