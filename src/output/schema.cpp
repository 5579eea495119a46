#include "core/text.hpp"
#include "embedded/record_schemas.hpp"
#include "output/record.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace smsctl::output {

namespace {

constexpr std::string_view ending = ".schema.json";

} // namespace

std::string_view schema(std::string_view object)
{
    for (const EmbeddedFile& file : embedded::record_schemas()) {
        if (file.name.substr(0, file.name.size() - ending.size()) == object)
            return file.text;
    }
    return {};
}

std::vector<std::string_view> schema_names()
{
    std::vector<std::string_view> names;
    for (const EmbeddedFile& file : embedded::record_schemas())
        names.push_back(file.name.substr(0, file.name.size() - ending.size()));
    return names;
}

std::vector<std::string> fields(std::string_view object)
{
    std::vector<std::string> names;
    const std::string_view text = schema(object);
    if (text.empty())
        return names;
    const Record parsed = Record::parse(text);
    for (const auto& [name, rest] : parsed.at("properties").items())
        names.push_back(name);
    return names;
}

bool is_field(std::string_view object, std::string_view path)
{
    const std::string_view text = schema(object);
    if (text.empty())
        return false;
    Record here = Record::parse(text);
    for (const std::string_view name : text::split(path, '.')) {
        const auto properties = here.find("properties");
        if (properties == here.end()) {
            // An open object (a workspace's settings) may hold any name.
            const auto open = here.find("additionalProperties");
            return open != here.end() && open->is_object();
        }
        const auto property = properties->find(std::string(name));
        if (property == properties->end())
            return false;
        Record next = *property;
        here = std::move(next);
    }
    return true;
}

void check_field(std::string_view object, std::string_view path)
{
    if (is_field(object, path))
        return;
    const std::vector<std::string> legal = fields(object);
    throw usage_error("usage.fields",
                      fmt::format("a {} has no field '{}'", object, path),
                      fmt::format("fields: {}", fmt::join(legal, ", ")));
}

} // namespace smsctl::output
