#pragma once

#include "sim/account.hpp"
#include "sim/api_request.hpp"

namespace smsctl::sim {

/// Messaging Services and their senders (messaging.twilio.com/v1). One thread.
class ServicesResource {
public:
    ServicesResource(Account& account, Clock& clock) : m_account(account), m_clock(clock) {}

    /// `request.resource` begins with "Services".
    http::ServerResponse answer(const ApiRequest& request);

private:
    http::ServerResponse list(const ApiRequest& request);
    http::ServerResponse create(const ApiRequest& request);
    http::ServerResponse one(const ApiRequest& request, MessagingService& service);
    http::ServerResponse senders(const ApiRequest& request, MessagingService& service);
    http::ServerResponse add(const ApiRequest& request, MessagingService& service);
    http::ServerResponse sender(const ApiRequest& request, MessagingService& service);

    Account& m_account;
    Clock& m_clock;
};

} // namespace smsctl::sim
