#include "commands/merge_values.hpp"

#include "commands/shared_options.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "templates/template.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <string_view>

namespace smsctl {

namespace {

/// Which field of `text` is called `name`.
std::size_t field_of(const std::string& name,
                     const templates::Template& text,
                     const store::StoredTemplate& stored)
{
    std::vector<std::string> names;
    for (const templates::Field& field : text.fields())
        names.push_back(field.name);
    const auto found = std::find(names.begin(), names.end(), name);
    if (found != names.end())
        return static_cast<std::size_t>(found - names.begin());
    const std::string near = did_you_mean(name, names);
    const std::string known =
        names.empty() ? "it has none" : fmt::format("fields: {}", fmt::join(names, ", "));
    throw usage_error("usage.variable",
                      fmt::format("template {} has no field '{}'", stored.name, name),
                      near.empty() ? known : near);
}

} // namespace

std::string fill_in(const store::StoredTemplate& stored,
                    const std::vector<std::string>& variables,
                    std::string_view contact_name)
{
    const templates::Template text(stored.body);
    std::vector<std::optional<std::string_view>> given(text.fields().size());
    for (const std::string& variable : variables) {
        const std::size_t equals = variable.find('=');
        if (equals == std::string::npos || !text::is_utf8(variable))
            throw usage_error("usage.variable",
                              equals == std::string::npos
                                  ? fmt::format("--var: '{}' is not NAME=VALUE", variable)
                                  : "--var: a value is not UTF-8",
                              "for example --var name=Ann");
        const std::string name = variable.substr(0, equals);
        auto& value = given[field_of(name, text, stored)];
        if (value)
            throw usage_error("usage.variable", fmt::format("--var: '{}' is given twice", name));
        value = std::string_view(variable).substr(equals + 1);
    }
    for (std::size_t i = 0; i < given.size(); ++i)
        if (!given[i] && !contact_name.empty() && text.fields()[i].name == "name")
            given[i] = contact_name;
    std::vector<std::string_view> values;
    values.reserve(given.size());
    for (const auto& value : given)
        values.push_back(value.value_or(std::string_view()));
    std::string body;
    const auto missing = text.render(values, body);
    if (!missing.empty())
        throw usage_error(
            "usage.missing_variable",
            fmt::format("template {} needs a value for {}", stored.name, fmt::join(missing, ", ")),
            fmt::format("--var '{}=…'", missing.front()));
    return body;
}

} // namespace smsctl
