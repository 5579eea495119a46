#pragma once

#include "http/form.hpp"
#include "sim/account.hpp"
#include "sim/answer.hpp"
#include "sim/application.hpp"
#include "sim/ledger.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace smsctl::sim {

struct InboundField {
    std::string_view name;
    std::string_view meaning; ///< for help
};
/// The fields of POST /sim/inbound.
std::span<const InboundField> inbound_fields();

/// Lets texts from outside reach our numbers: keeps the opt-outs, stores the message, and asks the
/// application behind the number or its service. One thread.
class Inbound {
public:
    Inbound(Account& account,
            Ledger& ledger,
            Application& application,
            const Surroundings& surroundings)
        : m_account(account),
          m_ledger(ledger),
          m_application(application),
          m_surroundings(surroundings)
    {
    }

    /// Takes the text that the form says, or says what is wrong with it.
    std::variant<const Message*, Problem> receive(const http::Form& form);
    /// What is wrong with it; nothing when it can be taken.
    std::optional<Problem> check(const http::Form& form) const;

private:
    void keep_opt_outs(const Message& message);
    http::Form webhook_form(const Message& message) const;

    Account& m_account;
    Ledger& m_ledger;
    Application& m_application;
    const Surroundings& m_surroundings;
};

} // namespace smsctl::sim
