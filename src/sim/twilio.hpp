#pragma once

#include "http/form.hpp"
#include "http/server.hpp"
#include "sim/account.hpp"
#include "sim/ledger.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace smsctl::sim {

/// A request for one resource, signed in and taken apart.
struct ApiRequest {
    std::string method;
    std::string path;                       ///< without the query
    std::vector<std::string_view> resource; ///< below the account, without ".json"
    http::Form query;
    http::Form form; ///< empty unless the body is a form
};

/// Twilio's 2010 API over one account: who may ask, and which resource answers. One thread.
class Twilio {
public:
    Twilio(Account& account, Ledger& ledger, Clock& clock);

    http::ServerResponse answer(const http::ServerRequest& request);

private:
    http::ServerResponse route(const ApiRequest& request);
    http::ServerResponse messages(const ApiRequest& request);
    http::ServerResponse create(const ApiRequest& request);
    http::ServerResponse list(const ApiRequest& request);
    http::ServerResponse message(const ApiRequest& request);
    http::ServerResponse update(const ApiRequest& request, Message& message);
    http::ServerResponse media(const ApiRequest& request);
    http::ServerResponse numbers(const ApiRequest& request);
    http::ServerResponse number(const ApiRequest& request);

    Account& m_account;
    Ledger& m_ledger;
    Clock& m_clock;
};

} // namespace smsctl::sim
