#include "sms/message.hpp"

namespace smsctl::sms {

std::string_view word(Direction direction)
{
    return direction == Direction::inbound ? "inbound" : "outbound";
}

} // namespace smsctl::sms
