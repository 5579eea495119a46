// What the provider answers, as JSON. The first byte says what was asked for.

#include "core/text.hpp"
#include "must.hpp"
#include "providers/twilio/bulk_answer.hpp"
#include "providers/twilio/payload.hpp"

#include <array>

using namespace smsctl;
using fuzz::must;
using namespace smsctl::providers::twilio;

namespace {

void check(const providers::RemoteMessage& message)
{
    must(!message.provider_id.empty(), "a message has an id");
    must(text::is_utf8(message.body), "and its text is UTF-8");
}

void read_messages(std::string_view json)
{
    if (const auto message = read_message(json))
        check(*message);
    if (const auto page = read_message_page(json))
        for (const auto& message : page->items)
            check(message);
    static_cast<void>(read_media_page(json));
}

void read_account_matters(std::string_view json)
{
    if (const auto number = read_number(json))
        must(!number->provider_id.empty() && !number->address.empty(), "a number has both");
    static_cast<void>(read_number_page(json));
    static_cast<void>(read_account(json));
    static_cast<void>(read_balance(json));
    static_cast<void>(read_error(json));
}

void read_bulk_matters(std::string_view json)
{
    static_cast<void>(read_bulk_faults(json));
    static_cast<void>(read_bulk_operation(json));
    static_cast<void>(read_bulk_message(json));
    static_cast<void>(read_bulk_page(json));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    if (size == 0)
        return 0;
    constexpr std::array readers{read_messages, read_account_matters, read_bulk_matters};
    readers[data[0] % readers.size()](fuzz::text_of(data + 1, size - 1));
    return 0;
}
