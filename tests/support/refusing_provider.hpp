#pragma once

#include "providers/provider.hpp"

#include <stdexcept>

namespace smsctl::test {

/// A provider that nothing may be asked of; a stand-in overrides what its tests do ask.
class RefusingProvider : public providers::Provider {
public:
    std::unique_ptr<providers::Submitter> submitter() override { throw not_asked(); }
    std::unique_ptr<providers::Reader> reader() override { throw not_asked(); }
    Millis status_horizon() const override { throw not_asked(); }
    std::optional<providers::RemoteMessage> fetch(std::string_view) override { throw not_asked(); }
    providers::MessagePage list_messages(const providers::MessageFilter&, std::string_view) override
    {
        throw not_asked();
    }
    std::vector<sms::Media> media(std::string_view) override { throw not_asked(); }
    providers::CallPage list_calls(std::string_view) override { throw not_asked(); }
    providers::RemoteMessage cancel(std::string_view) override { throw not_asked(); }
    providers::RemoteMessage redact(std::string_view) override { throw not_asked(); }
    void remove(std::string_view) override { throw not_asked(); }
    void remove_media(std::string_view) override { throw not_asked(); }
    std::vector<sms::Number> list_numbers() override { throw not_asked(); }
    std::optional<sms::Number> fetch_number(std::string_view) override { throw not_asked(); }
    sms::Number update_number(std::string_view, const providers::NumberChange&) override
    {
        throw not_asked();
    }
    providers::Account account() override { throw not_asked(); }
    std::optional<Money> balance() override { throw not_asked(); }
    void check_credentials() override { throw not_asked(); }

private:
    static std::logic_error not_asked() { return std::logic_error("nobody is to ask for that"); }
};

} // namespace smsctl::test
