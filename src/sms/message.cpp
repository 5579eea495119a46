#include "sms/message.hpp"

namespace smsctl::sms {

std::string_view word(Direction direction)
{
    return direction == Direction::inbound ? "inbound" : "outbound";
}

const std::string& sender_of(const Message& message)
{
    return message.from.empty() ? message.messaging_service_id : message.from;
}

} // namespace smsctl::sms
