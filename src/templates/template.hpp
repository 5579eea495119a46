#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace smsctl::templates {

/// A merge field of a template.
struct Field {
    std::string name;
    /// What stands in when there is no value; nothing when some use of the field has no default, so
    /// that a value must be there.
    std::optional<std::string> default_text;
};

/// A template filled in. `missing` names the fields that have neither value nor default, in order;
/// `text` is fit to send only when there is none.
struct Rendering {
    std::string text;
    std::vector<std::string_view> missing; ///< point into the template
};

/// A text with merge fields: `{{name}}` and `{{name|what to say without one}}`. Parsed once, cheap
/// to render for every row of a list.
///
/// A name is of letters and digits of any script, `_ - .` and blanks inside; it is compared
/// exactly. Blanks around name and default do not count. A value that is empty or blank counts as
/// none. Values are data: what looks like a field in them stays as it is, and nothing is escaped.
/// There is no way to write `{{` itself: mustache has none but changing the delimiters.
class Template {
public:
    using Lookup = std::function<std::optional<std::string_view>(std::string_view name)>;

    /// Throws `usage.template` (2), naming what and at which character, for anything else that
    /// mustache knows (sections, partials, comments, other delimiters), a field that is never
    /// closed, has no name or one of other characters, for a NUL and for bytes that are not UTF-8.
    explicit Template(std::string_view text);

    /// As it was given.
    const std::string& text() const { return m_text; }
    /// Each once, in the order of first use.
    const std::vector<Field>& fields() const { return m_fields; }

    /// Asks `lookup` once for each field.
    Rendering render(const Lookup& lookup) const;
    /// The fast way: `values[i]` is the value of `fields()[i]`, empty for none. Replaces what is in
    /// `out`, reusing its memory; gives what `Rendering::missing` holds.
    std::vector<std::string_view> render(std::span<const std::string_view> values,
                                         std::string& out) const;

private:
    /// A piece of text, or a field and, where it has one, its default.
    struct Part {
        std::optional<std::size_t> field;
        bool has_default = false;
        std::string text;
    };

    void add_text(std::string_view text);
    void add_field(std::string_view tag, std::size_t at);

    std::string m_text;
    std::vector<Field> m_fields;
    std::vector<Part> m_parts;
};

} // namespace smsctl::templates
