#include "output/reply_record.hpp"

#include "core/time_text.hpp"
#include "sms/segments.hpp"
#include "templates/template.hpp"

#include <nlohmann/json.hpp>

namespace smsctl::output {

Record reply_record(const store::ReplyRule& rule, std::string_view workspace)
{
    const templates::Rendering with_defaults =
        templates::Template(rule.text).render([](std::string_view) { return std::nullopt; });
    const sms::SegmentCount count = sms::count_segments(with_defaults.text);
    Record record;
    record["object"] = "reply";
    record["id"] = rule.id.empty() ? Record(nullptr) : Record(rule.id);
    record["workspace"] = workspace;
    record["keywords"] = rule.keywords;
    record["any"] = rule.keywords.empty();
    record["template"] = rule.template_row == 0 ? Record(nullptr) : Record(rule.template_name);
    record["body"] = rule.text;
    record["segments"] = count.segments.size();
    record["encoding"] = sms::name(count.encoding);
    record["created_at"] = text::rfc3339(rule.created_at);
    return record;
}

} // namespace smsctl::output
