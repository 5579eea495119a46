#pragma once

#include "providers/provider.hpp"
#include "providers/twilio/api.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smsctl::providers::twilio {

/// Twilio's 2010 API for one account. For one thread.
class Client final : public Provider {
public:
    /// `name` is what errors call the provider. Throws `usage.api_base` for a bad base.
    Client(std::string_view name, const ProviderConfig& config);

    std::unique_ptr<Submitter> submitter() override;
    std::unique_ptr<providers::Reader> reader() override;
    Millis status_horizon() const override;
    std::optional<RemoteMessage> fetch(std::string_view provider_id) override;
    MessagePage list_messages(const MessageFilter& filter, std::string_view page) override;
    std::vector<sms::Media> media(std::string_view provider_id) override;
    CallPage list_calls(std::string_view page) override;
    RemoteMessage cancel(std::string_view provider_id) override;
    RemoteMessage redact(std::string_view provider_id) override;
    void remove(std::string_view provider_id) override;
    void remove_media(std::string_view provider_id) override;
    std::vector<sms::Number> list_numbers() override;
    std::optional<sms::Number> fetch_number(std::string_view provider_id) override;
    sms::Number update_number(std::string_view provider_id, const NumberChange& change) override;
    Account account() override;
    std::optional<Money> balance() override;
    void check_credentials() override;

private:
    template <typename Value>
    using Parser = std::optional<Value> (*)(std::string_view json);

    /// Nothing when there is no such resource; throws for every other refusal.
    template <typename Value>
    std::optional<Value> ask(const Api::Exchange& exchange, Parser<Value> read);
    template <typename Value>
    std::optional<Value> get(const std::string& path, Parser<Value> read);
    template <typename Item, typename PageReader>
    std::vector<Item> all_pages(std::string path, PageReader read);
    /// An update of a message; throws `not_found.message`.
    RemoteMessage update_message(std::string_view provider_id, const http::Form& change);
    /// DELETE; what is not there is deleted.
    void remove_resource(const std::string& path);
    std::string number_path(std::string_view provider_id) const;

    ProviderConfig m_config;
    Api m_api;
};

} // namespace smsctl::providers::twilio
