#pragma once

#include "core/error.hpp"
#include "support/refusing_provider.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace smsctl::test {

/// A provider that lists, newest first, and notes which requests it got. Pages go by the id of the
/// last entry before them, as Twilio's do.
class ListingProvider final : public RefusingProvider {
public:
    std::vector<providers::RemoteMessage> messages;
    std::vector<sms::Call> calls;
    std::map<std::string, std::vector<sms::Media>, std::less<>> media_of;
    std::size_t page_size = 1000;
    std::vector<std::string> requests;
    std::function<void()> before_request;

    providers::MessagePage list_messages(const providers::MessageFilter&,
                                         std::string_view page) override
    {
        return list<providers::MessagePage>("messages", messages, page, [](auto& made, auto& one) {
            made.messages.push_back(one);
        });
    }
    providers::CallPage list_calls(std::string_view page) override
    {
        return list<providers::CallPage>(
            "calls", calls, page, [](auto& made, auto& one) { made.calls.push_back(one); });
    }
    std::vector<sms::Media> media(std::string_view provider_id) override
    {
        note("media " + std::string(provider_id));
        return media_of.at(std::string(provider_id));
    }

private:
    template <typename Page, typename Entries, typename Add>
    Page list(const std::string& name, const Entries& entries, std::string_view page, Add add)
    {
        note(name);
        auto from = entries.begin();
        if (!page.empty()) {
            from = std::find_if(entries.begin(), entries.end(), [page](const auto& one) {
                return one.provider_id == page;
            });
            if (from == entries.end())
                throw Error(Exit::rejected, "provider.rejected", "Invalid page token");
            ++from;
        }
        Page made;
        for (std::size_t i = 0; i < page_size && from != entries.end(); ++i, ++from)
            add(made, *from);
        if (from != entries.end())
            made.next = (from - 1)->provider_id;
        return made;
    }
    void note(std::string request)
    {
        if (before_request)
            before_request();
        requests.push_back(std::move(request));
    }
};

} // namespace smsctl::test
