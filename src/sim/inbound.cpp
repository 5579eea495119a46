#include "sim/inbound.hpp"

#include "core/text.hpp"
#include "phone/e164.hpp"
#include "sim/fields.hpp"
#include "sim/media_content.hpp"
#include "sim/wire.hpp"
#include "sms/opt_out.hpp"

#include <fmt/format.h>

#include <array>

namespace smsctl::sim {

namespace {

constexpr std::array<InboundField, 4> fields{{
    {"From", "Who texts."},
    {"To", "Which of our numbers."},
    {"Body", "What."},
    {"MediaUrl",
     "A file with it, of the type that its ending says, or whole as data:image/png;base64,…; may "
     "come several times."},
}};

/// Where the application of a number is asked: the service's settings win over the number's.
WebhookTarget target_of(const PhoneNumber& number, const MessagingService* service)
{
    if (service != nullptr && !service->flags.at("use_inbound_webhook_on_number"))
        return {service->setting("inbound_request_url"),
                service->setting("inbound_method"),
                service->setting("fallback_url"),
                service->setting("fallback_method")};
    if (!number.setting("sms_application_sid").empty())
        return {}; // an application of Twilio's, which nobody simulates
    return {number.setting("sms_url"),
            number.setting("sms_method"),
            number.setting("sms_fallback_url"),
            number.setting("sms_fallback_method")};
}

std::string_view opt_out_type(sms::Keyword keyword)
{
    switch (keyword) {
    case sms::Keyword::stop:
        return "STOP";
    case sms::Keyword::start:
        return "START";
    case sms::Keyword::help:
        return "HELP";
    case sms::Keyword::none:
        break;
    }
    return {};
}

} // namespace

std::span<const InboundField> inbound_fields()
{
    return fields;
}

std::optional<Problem> Inbound::check(const http::Form& form) const
{
    const std::string to = typed_number(http::first(form, "To"));
    const auto from = phone::sender(typed_number(http::first(form, "From")), "US");
    if (m_account.by_address(to) == nullptr)
        return Problem{404, 20404, "To is no number of this account", {}};
    if (!from.address)
        return Problem{400, 21211, fmt::format("From {}", from.reason), {}};
    return std::nullopt;
}

std::variant<const Message*, Problem> Inbound::receive(const http::Form& form)
{
    if (auto problem = check(form))
        return *problem;
    const PhoneNumber& number = *m_account.by_address(typed_number(http::first(form, "To")));
    const MessagingService* service = m_account.service_of(number.address);
    const WebhookTarget target = target_of(number, service);
    if (target.url.empty() && service != nullptr &&
        !service->flags.at("use_inbound_webhook_on_number"))
        return Problem{
            409,
            20409,
            fmt::format("dropped: the service {} has no inbound_request_url", service->sid),
            {}};
    Message message;
    for (const auto& [name, value] : form)
        if (name == "MediaUrl" && !value.empty())
            message.media.push_back({m_account.sids().next("ME"), value, sim::media_type(value)});
    message.sid = m_account.sids().next(message.media.empty() ? "SM" : "MM");
    message.direction = "inbound";
    message.status = "received";
    message.to = number.address;
    message.from = phone::sender(typed_number(http::first(form, "From")), "US").address->text;
    message.body = http::first(form, "Body");
    message.service_sid = service == nullptr ? "" : service->sid;
    message.segments = count_segments(message);
    message.created_at = m_surroundings.clock.now();
    message.updated_at = message.created_at;
    message.sent_at = message.created_at;
    keep_opt_outs(message);

    const Message& stored = m_ledger.add(std::move(message));
    if (!target.url.empty())
        m_application.ask(stored, target, webhook_form(stored));
    return &stored;
}

void Inbound::keep_opt_outs(const Message& message)
{
    const sms::Keyword keyword = sms::keyword(message.body);
    // In the carriers' own network fewer words count.
    const std::string word = text::upper(text::trim(message.body));
    const bool counts =
        !is_toll_free(message.to) || word == "STOP" || word == "START" || word == "UNSTOP";
    if (keyword == sms::Keyword::stop && counts)
        m_account.opt_outs().emplace(message.to, message.from);
    else if (keyword == sms::Keyword::start && counts)
        m_account.opt_in(message.to, message.from);
}

http::Form Inbound::webhook_form(const Message& message) const
{
    // The fields in the order they were recorded.
    http::Form form{{"ToCountry", phone::region_of(message.to)},
                    {"ToState", ""},
                    {"SmsMessageSid", message.sid},
                    {"NumMedia", fmt::to_string(message.media.size())},
                    {"ToCity", ""},
                    {"FromZip", ""},
                    {"SmsSid", message.sid},
                    {"FromState", ""},
                    {"SmsStatus", "received"},
                    {"FromCity", ""},
                    {"Body", message.body},
                    {"FromCountry", phone::region_of(message.from)},
                    {"To", message.to}};
    const std::string_view type = opt_out_type(sms::keyword(message.body));
    if (!message.service_sid.empty())
        form.emplace_back("MessagingServiceSid", message.service_sid);
    if (!message.service_sid.empty() && m_account.policy().advanced_opt_out && !type.empty())
        form.emplace_back("OptOutType", type);
    form.insert(form.end(),
                {{"ToZip", ""},
                 {"NumSegments", fmt::to_string(message.segments)},
                 {"MessageSid", message.sid},
                 {"AccountSid", m_account.sid()},
                 {"From", message.from},
                 {"ApiVersion", "2010-04-01"}});
    for (std::size_t i = 0; i < message.media.size(); ++i) {
        form.emplace_back(fmt::format("MediaContentType{}", i), message.media[i].content_type);
        form.emplace_back(fmt::format("MediaUrl{}", i),
                          fmt::format("{}{}/Messages/{}/Media/{}",
                                      m_surroundings.base,
                                      account_path(m_account.sid()),
                                      message.sid,
                                      message.media[i].sid));
    }
    return form;
}

} // namespace smsctl::sim
