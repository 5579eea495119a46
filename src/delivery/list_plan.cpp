// What the whole list is known by and sent from, and which of its rows may go. Rows are read in
// list_read.cpp and become messages in list_commit.cpp; in between everything is asked of all of
// them at once, in SQL.
#include "delivery/list_plan.hpp"

#include "core/error.hpp"
#include "delivery/checks.hpp"
#include "providers/twilio/bulk_request.hpp"
#include "sms/quiet_hours.hpp"
#include "store/numbers.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

namespace smsctl::delivery {

ListPlan::ListPlan(store::Scope& scope, const Clock& clock, ListOptions options)
    : m_scope(scope),
      m_clock(clock),
      m_options(std::move(options)),
      m_staging(scope, clock.now()),
      m_numbers(store::Numbers(scope).list(false)),
      m_has_quiet_hours(scope.workspace().quiet_hours().has_value())
{
    choose_senders();
}

/// The list's own, else the workspace's, each as an address that it may send from.
void ListPlan::choose_senders()
{
    const Workspace& workspace = m_scope.workspace();
    std::vector<std::string> senders = m_options.senders;
    if (senders.empty() && !workspace.setting("from").empty())
        senders.push_back(workspace.setting("from"));
    if (senders.empty() && !workspace.setting("messaging-service").empty())
        senders.push_back(workspace.setting("messaging-service"));
    if (senders.empty())
        senders.push_back(only_sender(m_numbers, workspace.name));
    for (const std::string& sender : senders)
        m_batch.senders.push_back(is_messaging_service(sender)
                                      ? sender
                                      : owned_sender(sender, workspace, m_numbers, false));
    if (m_options.via != sms::via_batch)
        return;
    for (const std::string& sender : m_batch.senders)
        if (const std::string obstacle = providers::twilio::bulk_sender_obstacle(sender);
            !obstacle.empty())
            throw usage_error("usage.via_batch",
                              fmt::format("sender {} {}", sender, obstacle),
                              "name a number with --from, or send with --via messages");
}

void ListPlan::check_time() const
{
    if (m_options.scheduled_at && *m_options.scheduled_at <= m_clock.now())
        throw past_error(*m_options.scheduled_at);
}

void ListPlan::judge()
{
    identify();
    m_staging.choose_senders(m_batch.senders);
    if (const auto records = m_staging.to_themselves(); !records.empty())
        throw usage_error("usage.same_number",
                          fmt::format("record {}: a number cannot text itself", records.front()),
                          "take it out of the list, or choose another --from");
    if (const auto keys = m_staging.misused_keys(); !keys.empty())
        throw usage_error("usage.key_reused",
                          fmt::format("these keys belong to messages with other content: {}",
                                      fmt::join(keys, ", ")),
                          "give a new message a key of its own");
    m_staging.mark_replays();
    m_staging.mark_duplicates();
    m_staging.mark_opted_out();
    if (m_has_quiet_hours)
        judge_quiet_hours();
    if (m_options.on_block == sms::OnBlock::fail && !planned_before()) // else it was judged then
        fail_if_blocked();
    m_totals = m_staging.totals();

    m_batch.row_count = static_cast<int>(m_totals.rows - m_totals.replayed);
    m_batch.segments = m_totals.segments;
    m_batch.estimated_price_micros = estimated_price_micros();
    m_batch.currency = m_batch.estimated_price_micros ? "USD" : "";
}

/// What the list is known by, and all else that was decided before its rows are judged.
void ListPlan::identify()
{
    m_batch.name = m_options.name;
    m_batch.source = m_options.source;
    m_batch.template_text = m_options.text ? m_options.text->text() : "";
    m_batch.via = m_options.via;
    m_batch.on_block = m_options.on_block;
    m_batch.scheduled_at = m_options.scheduled_at;
    m_batch.content_hash = m_staging.content_hash();
    m_batch.identity =
        m_options.name.empty() ? "list:" + m_batch.content_hash : "name:" + m_options.name;
}

void ListPlan::judge_quiet_hours()
{
    const Workspace& workspace = m_scope.workspace();
    m_staging.use_contacts_zones();
    for (const store::StagedPlace& place : m_staging.places()) {
        const Instant at = place.due_at.value_or(m_clock.now());
        const std::string& region = place.region.empty() ? workspace.region() : place.region;
        const std::vector<std::string> zones =
            place.time_zone.empty() ? sms::zones_of_region(region) : std::vector{place.time_zone};
        const auto until = quiet_until(workspace, zones, at);
        if (!until)
            continue;
        if (m_options.on_block == sms::OnBlock::defer)
            m_staging.defer(place, *until);
        else
            m_staging.mark_quiet(place,
                                 fmt::format("quiet hours {} in {}",
                                             workspace.setting("quiet-hours"),
                                             place.time_zone.empty() ? region : place.time_zone));
    }
}

void ListPlan::fail_if_blocked()
{
    m_staging.each([](const store::StagedRow& row) {
        if (row.verdict.starts_with("blocked.") && row.verdict != "blocked.duplicate")
            throw Error(Exit::blocked,
                        row.verdict,
                        fmt::format("record {}: {}", row.record, row.reason),
                        "take it out of the list, or leave out --on-block fail");
        return true;
    });
}

std::optional<std::int64_t> ListPlan::estimated_price_micros() const
{
    const auto price = m_scope.workspace().segment_price_micros();
    if (!price)
        return std::nullopt;
    return *price * m_totals.segments;
}

} // namespace smsctl::delivery
