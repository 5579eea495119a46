#include "output/template_record.hpp"

#include "core/time_text.hpp"
#include "sms/segments.hpp"
#include "templates/template.hpp"

#include <nlohmann/json.hpp>

#include <vector>

namespace smsctl::output {

namespace {

void add_segments(Record& record, const std::string& body)
{
    const sms::SegmentCount count = sms::count_segments(body);
    record["segments"] = count.segments.size();
    record["encoding"] = sms::name(count.encoding);
}

Record id_or_null(const store::StoredTemplate& stored)
{
    return stored.id.empty() ? Record(nullptr) : Record(stored.id);
}

} // namespace

Record template_record(const store::StoredTemplate& stored, std::string_view workspace)
{
    const templates::Template parsed(stored.body);
    Record fields = Record::array();
    for (const templates::Field& field : parsed.fields())
        fields.push_back(
            {{"name", field.name},
             {"default", field.default_text ? Record(*field.default_text) : Record(nullptr)}});
    std::string with_defaults;
    parsed.render(std::vector<std::string_view>(parsed.fields().size()), with_defaults);
    Record record;
    record["object"] = "template";
    record["id"] = id_or_null(stored);
    record["workspace"] = workspace;
    record["name"] = stored.name;
    record["body"] = stored.body;
    record["fields"] = std::move(fields);
    add_segments(record, with_defaults);
    record["created_at"] = text::rfc3339(stored.created_at);
    record["updated_at"] = text::rfc3339(stored.updated_at);
    return record;
}

Record rendering_record(const store::StoredTemplate& stored,
                        const std::string& body,
                        std::string_view workspace)
{
    Record record;
    record["object"] = "rendering";
    record["id"] = id_or_null(stored);
    record["workspace"] = workspace;
    record["template"] = stored.name;
    record["body"] = body;
    add_segments(record, body);
    return record;
}

} // namespace smsctl::output
