#pragma once

#include "http/server.hpp"
#include "sim/account.hpp"
#include "sim/alerts.hpp"
#include "sim/api_request.hpp"
#include "sim/calls.hpp"
#include "sim/ledger.hpp"
#include "sim/messages_resource.hpp"
#include "sim/numbers_resource.hpp"
#include "sim/services_resource.hpp"

namespace smsctl::sim {

/// Twilio's APIs over one account, but for the bulk API: who may ask, and which resource answers.
/// All its hosts are one here; their paths differ. One thread.
class Twilio {
public:
    Twilio(Account& account, Ledger& ledger, Calls& calls, const Alerts& alerts, Clock& clock);

    http::ServerResponse answer(const http::ServerRequest& request);

private:
    http::ServerResponse classic(ApiRequest& request);
    http::ServerResponse route(const ApiRequest& request);

    Account& m_account;
    Calls& m_calls;
    const Alerts& m_alerts;
    MessagesResource m_messages;
    NumbersResource m_numbers;
    ServicesResource m_services;
};

} // namespace smsctl::sim
