#include "store/numbers.hpp"

#include "store/reference.hpp"
#include "store/sql_text.hpp"

namespace smsctl::store {

namespace {

constexpr SqlText select_number =
    "SELECT id, public_id, address, provider_id, friendly_name, can_sms, can_mms, can_voice, "
    "webhook_url, webhook_method, previous_webhook_url, previous_webhook_method, owner, active, "
    "created_at, updated_at FROM numbers WHERE workspace_id = $1 ";
constexpr SqlText list_sql = select_number + "AND active >= $2 ORDER BY address, id";
constexpr SqlText by_row_sql = select_number + "AND id = $2";
constexpr SqlText by_address_sql =
    select_number + "AND address = $2 ORDER BY active DESC, updated_at DESC, id DESC LIMIT 1";
constexpr SqlText exact_sql = select_number + "AND (public_id = $2 OR provider_id = $2)";
constexpr SqlText prefix_sql =
    select_number +
    "AND ((public_id >= $2 AND public_id < $3) OR (provider_id >= $2 AND provider_id < $3)) "
    "ORDER BY id LIMIT $4";

sms::Number read_number(const Statement& row)
{
    sms::Number number;
    number.row = row.integer(0);
    number.id = row.text(1);
    number.address = row.text(2);
    number.provider_id = row.text(3);
    number.friendly_name = row.text(4);
    number.capabilities = {.sms = row.boolean(5), .mms = row.boolean(6), .voice = row.boolean(7)};
    number.webhook_url = row.text(8);
    number.webhook_method = row.text(9);
    number.has_previous_webhook = !row.is_null(10);
    number.previous_webhook_url = row.text(10);
    number.previous_webhook_method = row.text(11);
    number.owner = row.text(12);
    number.active = row.boolean(13);
    number.created_at = row.instant(14);
    number.updated_at = row.instant(15);
    return number;
}

std::vector<sms::Number> read(Statement& statement)
{
    std::vector<sms::Number> numbers;
    while (statement.step())
        numbers.push_back(read_number(statement));
    return numbers;
}

/// What insert and update both write, as `$3` to `$15`.
void bind_fields(Statement& statement, const sms::Number& number)
{
    const auto previous = [&](const std::string& text) {
        return number.has_previous_webhook ? std::optional<std::string_view>(text) : std::nullopt;
    };
    statement.bind(3, number.address)
        .bind(4, number.provider_id)
        .bind(5, number.friendly_name)
        .bind(6, number.capabilities.sms)
        .bind(7, number.capabilities.mms)
        .bind(8, number.capabilities.voice)
        .bind(9, number.webhook_url)
        .bind(10, number.webhook_method)
        .bind(11, previous(number.previous_webhook_url))
        .bind(12, previous(number.previous_webhook_method))
        .bind(13, number.owner)
        .bind(14, number.active)
        .bind(15, number.updated_at);
}

} // namespace

void Numbers::insert(sms::Number& number)
{
    Statement statement = m_scope.prepare(
        "INSERT INTO numbers (workspace_id, public_id, address, provider_id, friendly_name, "
        "can_sms, can_mms, can_voice, webhook_url, webhook_method, previous_webhook_url, "
        "previous_webhook_method, owner, active, updated_at, created_at) VALUES ($1, $2, $3, $4, "
        "$5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) RETURNING id");
    bind_fields(statement, number);
    statement.bind(2, number.id).bind(16, number.created_at).step();
    number.row = statement.integer(0);
    statement.run();
}

void Numbers::update(const sms::Number& number)
{
    Statement statement = m_scope.prepare(
        "UPDATE numbers SET address = $3, provider_id = $4, friendly_name = $5, can_sms = $6, "
        "can_mms = $7, can_voice = $8, webhook_url = $9, webhook_method = $10, "
        "previous_webhook_url = $11, previous_webhook_method = $12, owner = $13, active = $14, "
        "updated_at = $15 WHERE workspace_id = $1 AND id = $2");
    bind_fields(statement, number);
    if (statement.bind(2, number.row).run() == 0)
        throw not_found_error("number", number.address);
}

std::vector<sms::Number> Numbers::list(bool also_inactive)
{
    Statement statement = m_scope.prepare(list_sql.c_str());
    return read(statement.bind(2, also_inactive ? 0 : 1));
}

std::optional<sms::Number> Numbers::by_row(std::int64_t row)
{
    Statement statement = m_scope.prepare(by_row_sql.c_str());
    return statement.bind(2, row).step() ? std::optional(read_number(statement)) : std::nullopt;
}

std::optional<sms::Number> Numbers::by_address(std::string_view address)
{
    Statement statement = m_scope.prepare(by_address_sql.c_str());
    auto numbers = read(statement.bind(2, address));
    return numbers.empty() ? std::nullopt : std::optional(std::move(numbers.front()));
}

sms::Number Numbers::resolve(std::string_view reference)
{
    if (auto number = by_address(reference))
        return *number;
    Statement exact = m_scope.prepare(exact_sql.c_str());
    auto numbers = read(exact.bind(2, reference));
    const auto range = prefix_range(reference);
    if (numbers.empty() && range) {
        Statement prefix = m_scope.prepare(prefix_sql.c_str());
        numbers =
            read(prefix.bind(2, range->from).bind(3, range->to).bind(4, int{candidates_shown} + 1));
    }
    if (numbers.empty())
        throw not_found_error("number", reference);
    if (numbers.size() == 1)
        return std::move(numbers.front());
    std::vector<std::string> candidates;
    candidates.reserve(numbers.size());
    for (const sms::Number& number : numbers)
        candidates.push_back(number.id + " (" + number.address + ")");
    throw ambiguous("number", reference, candidates);
}

void Numbers::remove(std::int64_t row)
{
    m_scope.prepare("DELETE FROM numbers WHERE workspace_id = $1 AND id = $2").bind(2, row).run();
}

} // namespace smsctl::store
