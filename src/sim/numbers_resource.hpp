#pragma once

#include "sim/account.hpp"
#include "sim/api_request.hpp"

namespace smsctl::sim {

/// IncomingPhoneNumbers, as Twilio's 2010 API has them. One thread.
class NumbersResource {
public:
    NumbersResource(Account& account, Clock& clock) : m_account(account), m_clock(clock) {}

    /// `request.resource` begins with "IncomingPhoneNumbers".
    http::ServerResponse answer(const ApiRequest& request);

private:
    http::ServerResponse list(const ApiRequest& request);
    http::ServerResponse buy(const ApiRequest& request);
    http::ServerResponse one(const ApiRequest& request);

    Account& m_account;
    Clock& m_clock;
};

} // namespace smsctl::sim
