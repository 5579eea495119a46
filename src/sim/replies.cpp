#include "sim/replies.hpp"

#include "core/time_text.hpp"
#include "sim/fields.hpp"

#include <fmt/format.h>

#include <array>

namespace smsctl::sim {

namespace {

constexpr std::array<ReplyField, 7> fields{{
    {"body", "What the recipient says to a message once it is delivered: STOP."},
    {"delay", "How much later: 500ms, 3s (usually 1s); shorter under --speed."},
    {"to", "Only this recipient."},
    {"from", "Only to this number of ours."},
    {"count", "How many messages are answered; usually 1, with percent without end."},
    {"skip", "How many are not answered first."},
    {"percent", "So many of a hundred, by chance; with the same --seed the same."},
}};

constexpr Millis usual_delay = std::chrono::seconds(1);

} // namespace

std::span<const ReplyField> reply_fields()
{
    return fields;
}

std::variant<Replies::Rule, std::string> Replies::read(const http::Form& form)
{
    if (std::string problem = unknown_field(form, fields); !problem.empty())
        return problem;
    Rule rule;
    if (std::string problem = read_aim(form, rule.aim); !problem.empty())
        return problem;
    rule.body = http::first(form, "body");
    if (rule.body.empty())
        return std::string("a reply needs a body");
    const std::string_view length = http::first(form, "delay");
    const auto delay = length.empty() ? usual_delay : text::parse_duration(length);
    if (!delay || *delay < Millis(0))
        return fmt::format("delay '{}' is no duration such as 2s", length);
    rule.delay = *delay;
    if (!rule.aim.count && http::first(form, "percent").empty())
        rule.aim.count = 1;
    return rule;
}

std::string Replies::add(const http::Form& form)
{
    if (form == http::Form{{"body", "none"}}) {
        m_rules.clear();
        return {};
    }
    auto read_rule = read(form);
    if (auto* problem = std::get_if<std::string>(&read_rule))
        return std::move(*problem);
    auto& rule = std::get<Rule>(read_rule);
    constexpr std::uint64_t apart_from_faults = 0x726570;
    rule.aim.chance.seed((m_seed + m_added++) ^ apart_from_faults);
    if (!rule.aim.is_used_up())
        m_rules.push_back(std::move(rule));
    return {};
}

void Replies::delivered(const Message& message)
{
    if (message.direction != "outbound-api")
        return;
    for (auto rule = m_rules.begin(); rule != m_rules.end(); ++rule) {
        if (!rule->aim.concerns(message.from, message.to))
            continue;
        const Aim::Shot shot = rule->aim.shoot();
        if (shot == Aim::Shot::pass)
            return;
        if (shot == Aim::Shot::miss)
            continue;
        const auto delay = static_cast<double>(rule->delay.count()) / m_speed;
        m_after(
            Millis(static_cast<Millis::rep>(delay)),
            [this,
             form = http::Form{{"From", message.to}, {"To", message.from}, {"Body", rule->body}}] {
                m_inbound.receive(form);
            });
        if (rule->aim.is_used_up())
            m_rules.erase(rule);
        return;
    }
}

} // namespace smsctl::sim
