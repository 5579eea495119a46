#pragma once

#include "sim/account.hpp"
#include "sim/api_request.hpp"
#include "sim/ledger.hpp"

namespace smsctl::sim {

/// Messages, their media and the feedback on them, as Twilio's 2010 API has them. One thread.
class MessagesResource {
public:
    MessagesResource(Account& account, Ledger& ledger, Clock& clock)
        : m_account(account), m_ledger(ledger), m_clock(clock)
    {
    }

    /// `request.resource` begins with "Messages".
    http::ServerResponse answer(const ApiRequest& request);
    /// `request.resource` names a medium without ".json": where its content is.
    http::ServerResponse content(const ApiRequest& request);
    /// The bytes behind such an address.
    http::ServerResponse bytes(const http::ServerRequest& request);

private:
    http::ServerResponse create(const ApiRequest& request);
    http::ServerResponse list(const ApiRequest& request);
    http::ServerResponse one(const ApiRequest& request, Message& message);
    http::ServerResponse update(const ApiRequest& request, Message& message);
    http::ServerResponse media(const ApiRequest& request, Message& message);
    http::ServerResponse medium(const ApiRequest& request, Message& message);
    http::ServerResponse feedback(const ApiRequest& request, Message& message);

    Account& m_account;
    Ledger& m_ledger;
    Clock& m_clock;
};

} // namespace smsctl::sim
