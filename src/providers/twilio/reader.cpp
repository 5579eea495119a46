#include "providers/twilio/reader.hpp"

#include "providers/twilio/answer.hpp"
#include "providers/twilio/message_list.hpp"

#include <utility>

namespace smsctl::providers::twilio {

MessageReader::MessageReader(std::string_view provider, const ProviderConfig& config)
    : m_api(provider, config), m_pool(m_api.get_pool())
{
}

void MessageReader::start(std::int64_t ticket, const MessageRead& read)
{
    Begun begun{read, {}};
    switch (read.what) {
    case MessageRead::What::list:
        begun.path = list_path(m_api, read.filter, read.page);
        break;
    case MessageRead::What::message:
        begun.path = message_path(m_api, read.provider_id);
        break;
    case MessageRead::What::media:
        begun.path = media_path(m_api, read.provider_id);
        break;
    }
    m_pool.start(ticket, m_api.get_request(begun.path));
    m_begun.insert_or_assign(ticket, std::move(begun));
}

std::vector<ReadAnswer> MessageReader::wait(std::optional<Millis> longest)
{
    std::vector<ReadAnswer> answers;
    for (const http::Finished& finished : m_pool.wait(longest)) {
        const auto begun = m_begun.extract(finished.ticket);
        answers.push_back({finished.ticket, outcome_of(begun.mapped(), finished.result)});
    }
    return answers;
}

ReadOutcome MessageReader::outcome_of(const Begun& begun, const http::Result& result) const
{
    if (const auto* response = std::get_if<http::Response>(&result)) {
        if (response->status == 404)
            return missing(begun);
        if (response->status >= 400 && !is_passing(result))
            return m_api.refusal(*response);
        if (response->status >= 200 && response->status < 300) {
            try {
                if (auto outcome = read(begun, response->body))
                    return *std::move(outcome);
            } catch (const Error& error) { // its pages make no sense
                return error;
            }
        }
        return NotNow{
            m_api.not_now(result), retry_after(result, m_api.now()), response->status == 429};
    }
    return NotNow{m_api.not_now(result), std::nullopt, false};
}

std::optional<ReadOutcome> MessageReader::read(const Begun& begun, const std::string& body) const
{
    switch (begun.read.what) {
    case MessageRead::What::list:
        if (auto page = read_message_page(body))
            return page_of(*std::move(page), begun.path, begun.read.filter, m_api);
        break;
    case MessageRead::What::message:
        if (auto message = read_message(body))
            return std::optional(*std::move(message));
        break;
    case MessageRead::What::media: // a message has ten at most: one page
        if (auto page = read_media_page(body))
            return with_urls(std::move(page->items), m_api);
        break;
    }
    return std::nullopt;
}

ReadOutcome MessageReader::missing(const Begun& begun) const
{
    switch (begun.read.what) {
    case MessageRead::What::list:
        return m_api.no_account();
    case MessageRead::What::message:
        return std::optional<RemoteMessage>();
    case MessageRead::What::media:
        break;
    }
    return std::vector<sms::Media>();
}

} // namespace smsctl::providers::twilio
