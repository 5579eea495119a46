#pragma once

#include "core/error.hpp"
#include "support/refusing_provider.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace smsctl::test {

/// A provider's far end: what it knows, newest first, and which requests it got.
class StubProvider final : public RefusingProvider {
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
                (filter.from.empty() || message.from == filter.from) &&
                (!filter.sent_after || message.created_at >= *filter.sent_after) &&
                (!filter.sent_before || message.created_at <= *filter.sent_before))
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

    std::unique_ptr<providers::Reader> reader() override;
    Millis status_horizon() const override { return std::chrono::days(14); }

private:
    void note(std::string request)
    {
        if (before_request)
            before_request();
        requests.push_back(std::move(request));
    }
};

/// Reads of a StubProvider: each is answered by the next `wait`. What it throws is the answer.
class StubReader final : public providers::Reader {
public:
    explicit StubReader(StubProvider& provider) : m_provider(provider) {}

    void start(std::int64_t ticket, const providers::MessageRead& read) override
    {
        m_begun.emplace_back(ticket, read);
    }
    std::size_t in_flight() const override { return m_begun.size(); }
    std::vector<providers::ReadAnswer> wait(std::optional<Millis>) override
    {
        std::vector<providers::ReadAnswer> answers;
        for (const auto& [ticket, read] : std::exchange(m_begun, {}))
            answers.push_back({ticket, answer(read)});
        return answers;
    }
    void wake() override {}

private:
    providers::ReadOutcome answer(const providers::MessageRead& read)
    {
        try {
            switch (read.what) {
            case providers::MessageRead::What::list:
                return m_provider.list_messages(read.filter, read.page);
            case providers::MessageRead::What::message:
                return m_provider.fetch(read.provider_id);
            case providers::MessageRead::What::media:
                break;
            }
            return m_provider.media(read.provider_id);
        } catch (const Error& error) {
            return error;
        }
    }

    StubProvider& m_provider;
    std::vector<std::pair<std::int64_t, providers::MessageRead>> m_begun;
};

inline std::unique_ptr<providers::Reader> StubProvider::reader()
{
    return std::make_unique<StubReader>(*this);
}

} // namespace smsctl::test
