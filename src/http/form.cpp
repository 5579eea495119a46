#include "http/form.hpp"

#include "core/text.hpp"

#include <algorithm>

namespace smsctl::http {

namespace {

constexpr std::string_view hex_digits = "0123456789ABCDEF";

int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return -1;
}

bool is_alphanumeric(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

std::string decode_part(std::string_view part)
{
    if (part.find_first_of("%+") == std::string_view::npos)
        return text::to_utf8(part);
    std::string bytes;
    bytes.reserve(part.size());
    for (std::size_t i = 0; i < part.size(); ++i) {
        if (part[i] == '+') {
            bytes += ' ';
        } else if (part[i] == '%' && i + 2 < part.size() && hex_value(part[i + 1]) >= 0 &&
                   hex_value(part[i + 2]) >= 0) {
            bytes += static_cast<char>(hex_value(part[i + 1]) * 16 + hex_value(part[i + 2]));
            i += 2;
        } else {
            bytes += part[i];
        }
    }
    return text::is_utf8(bytes) ? bytes : text::to_utf8(bytes);
}

void append_escaped(std::string& out, char c)
{
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += hex_digits[byte >> 4U];
    out += hex_digits[byte & 0xFU];
}

/// As the WHATWG URL standard's serializer: a blank is `+`, and `*-._` stay.
void append_form_part(std::string& out, std::string_view part)
{
    for (const char c : part) {
        if (c == ' ') {
            out += '+';
        } else if (is_alphanumeric(c) || c == '*' || c == '-' || c == '.' || c == '_') {
            out += c;
        } else {
            append_escaped(out, c);
        }
    }
}

Form::const_iterator find(const Form& form, std::string_view name)
{
    return std::find_if(
        form.begin(), form.end(), [name](const auto& pair) { return pair.first == name; });
}

} // namespace

Form decode_form(std::string_view body)
{
    Form form;
    for (const std::string_view pair : text::split(body, '&')) {
        if (pair.empty()) {
            continue;
        }
        const auto equals = pair.find('=');
        const bool has_value = equals != std::string_view::npos;
        form.emplace_back(decode_part(pair.substr(0, equals)),
                          has_value ? decode_part(pair.substr(equals + 1)) : std::string());
    }
    return form;
}

std::string encode_form(const Form& form)
{
    std::string out;
    for (const auto& [name, value] : form) {
        if (!out.empty()) {
            out += '&';
        }
        append_form_part(out, name);
        out += '=';
        append_form_part(out, value);
    }
    return out;
}

std::string encode_component(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        if (is_alphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '~') {
            out += c;
        } else {
            append_escaped(out, c);
        }
    }
    return out;
}

std::string_view first(const Form& form, std::string_view name)
{
    const auto found = find(form, name);
    return found == form.end() ? std::string_view() : std::string_view(found->second);
}

bool contains(const Form& form, std::string_view name)
{
    return find(form, name) != form.end();
}

} // namespace smsctl::http
