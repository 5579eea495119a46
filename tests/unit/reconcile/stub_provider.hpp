#pragma once

#include "core/error.hpp"
#include "providers/provider.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace smsctl::test {

/// A provider's far end: what it knows, newest first, and which requests it got.
class StubProvider final : public providers::Provider {
public:
    std::vector<providers::RemoteMessage> known;
    std::map<std::string, std::vector<sms::Media>, std::less<>> media_of;
    int page_size = 1000;
    std::vector<std::string> requests;
    std::function<void()> before_request;

    std::optional<providers::RemoteMessage> fetch(std::string_view provider_id) override
    {
        note("fetch " + std::string(provider_id));
        for (const auto& message : known)
            if (message.provider_id == provider_id)
                return message;
        return std::nullopt;
    }
    providers::MessagePage list_messages(const providers::MessageFilter& filter,
                                         std::string_view page) override
    {
        note("list" + (filter.to.empty() ? "" : " to " + filter.to));
        std::vector<providers::RemoteMessage> fitting;
        for (const auto& message : known)
            if ((filter.to.empty() || message.to == filter.to) &&
                (!filter.sent_after || message.created_at >= *filter.sent_after))
                fitting.push_back(message);
        const std::size_t from = page.empty() ? 0 : std::stoul(std::string(page));
        const std::size_t to = std::min(fitting.size(), from + static_cast<std::size_t>(page_size));
        providers::MessagePage result;
        for (std::size_t i = from; i < to; ++i)
            result.messages.push_back(fitting[i]);
        if (to < fitting.size())
            result.next = std::to_string(to);
        return result;
    }
    std::vector<sms::Media> media(std::string_view provider_id) override
    {
        note("media " + std::string(provider_id));
        return media_of.find(provider_id)->second;
    }

    std::unique_ptr<providers::Submitter> submitter() override { throw not_asked(); }
    providers::CallPage list_calls(std::string_view) override { throw not_asked(); }
    providers::RemoteMessage cancel(std::string_view) override { throw not_asked(); }
    providers::RemoteMessage redact(std::string_view) override { throw not_asked(); }
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
    void note(std::string request)
    {
        if (before_request)
            before_request();
        requests.push_back(std::move(request));
    }
    static std::logic_error not_asked() { return std::logic_error("reconcile does not ask this"); }
};

} // namespace smsctl::test
