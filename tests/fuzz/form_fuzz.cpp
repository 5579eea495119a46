// A form body, decoded: every name and value is UTF-8, and what we encode of it decodes to the
// same.

#include "core/text.hpp"
#include "http/form.hpp"
#include "must.hpp"

using namespace smsctl;
using fuzz::must;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    const std::string_view body = fuzz::text_of(data, size);
    const http::Form form = http::decode_form(body);
    for (const auto& [name, value] : form) {
        must(text::is_utf8(name) && text::is_utf8(value), "decoded text is UTF-8");
        must(http::contains(form, name), "a name that came is there");
    }
    must(http::decode_form(http::encode_form(form)) == form, "what is encoded decodes to the same");
    const std::string component = http::encode_component(body);
    must(component.find_first_of("+&=#? ") == std::string::npos, "a component is one component");
    const http::Form alone = http::decode_form("x=" + component);
    must(alone.size() == 1 && alone.front().second == text::to_utf8(body),
         "a component decodes to what it was");
    return 0;
}
