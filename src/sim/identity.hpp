#pragma once

#include <string_view>

namespace smsctl::sim {

/// Who the simulator is when nobody asks for another seed: constants that any client may know.
constexpr std::string_view default_account_id = "AC5100000000000000000000000000051a";
constexpr std::string_view default_auth_token = "5151a70de05151a70de05151a70de051";
constexpr std::string_view default_service_id = "MG5100000000000000000000000000051a";
constexpr std::string_view default_address = "127.0.0.1:8788";

} // namespace smsctl::sim
