#pragma once

#include "providers/twilio/signature.hpp"
#include "sms/event.hpp"
#include "store/database.hpp"
#include "store/numbers.hpp"
#include "store/workspaces.hpp"
#include "support/builders.hpp"
#include "support/env_var.hpp"
#include "support/run_smsctl.hpp"
#include "updates/apply.hpp"

#include <optional>
#include <string>

namespace smsctl::test {

/// A home with a workspace "prod" that signs with `token` and owns `our_number`.
class Traffic {
public:
    explicit Traffic(const std::string& account = "AC00000000000000000000000000000001",
                     const std::string& token = "smsctl-test-token")
        : account_id(account), m_token("TEST_TOKEN", token)
    {
        const Run added = run_smsctl({"workspace",
                                      "add",
                                      "prod",
                                      "--provider",
                                      "twilio",
                                      "--account-sid",
                                      account,
                                      "--secret-env",
                                      "TEST_TOKEN",
                                      "--no-check"});
        if (added.exit != 0)
            throw std::runtime_error(added.err);
        store::OpenOptions options;
        options.location = home.database().string();
        m_database.emplace(options);
        workspace = store::Workspaces(*m_database).find("prod").value();
        sms::Number number = make_number();
        store::Scope its = scope();
        store::Numbers(its).insert(number);
    }

    store::Scope scope() { return m_database->scope(workspace); }

    /// What a callback would do: a text that reached us.
    std::int64_t receive(const std::string& sid, const std::string& body)
    {
        providers::InboundMessage inbound;
        inbound.provider_id = sid;
        inbound.from = their_number;
        inbound.to = our_number;
        inbound.body = body;
        store::Scope its = scope();
        store::Transaction transaction = its.begin();
        const SystemClock clock;
        const auto applied =
            updates::Updates(its, clock).apply(inbound, sms::EventSource::callback, "Body=…");
        transaction.commit();
        return applied.event.seq;
    }

    /// A message of ours that the provider has.
    sms::Message add_sent(const std::string& sid, sms::Status status)
    {
        sms::Message message = make_message();
        message.provider_id = sid;
        message.status = status;
        message.created_at = message.status_at = SystemClock().now();
        store::Scope its = scope();
        return store_message(its, message);
    }

    Home home;
    std::string account_id;
    Workspace workspace;

private:
    EnvVar m_token;
    std::optional<store::Database> m_database;
};

} // namespace smsctl::test
