#include "sim/sign_in.hpp"

#include "core/crypto.hpp"
#include "core/text.hpp"
#include "sim/sids.hpp"

namespace smsctl::sim {

bool is_signed_in(const http::ServerRequest& request, const Account& account)
{
    constexpr std::string_view scheme = "basic ";
    const std::string_view header = http::header(request.headers, "Authorization");
    if (text::lower(header.substr(0, scheme.size())) != scheme)
        return false;
    const auto pair = crypto::unbase64(text::trim(header.substr(scheme.size())));
    const auto colon = pair ? pair->find(':') : std::string::npos;
    if (colon == std::string::npos)
        return false;
    const std::string_view user = std::string_view(*pair).substr(0, colon);
    const std::string_view password = std::string_view(*pair).substr(colon + 1);
    return (user == account.sid() || is_sid(user, "SK")) &&
           crypto::equal_in_constant_time(password, account.auth_token());
}

} // namespace smsctl::sim
