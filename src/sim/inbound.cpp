#include "sim/inbound.hpp"

#include "phone/e164.hpp"
#include "sms/opt_out.hpp"

#include <fmt/format.h>

namespace smsctl::sim {

namespace {

void keep_opt_outs(const Message& message, Account& account)
{
    const auto pair = std::make_pair(message.to, message.from);
    const sms::Keyword keyword = sms::keyword(message.body);
    if (keyword == sms::Keyword::stop)
        account.opt_outs().insert(pair);
    else if (keyword == sms::Keyword::start)
        account.opt_outs().erase(pair);
}

} // namespace

http::Form inbound_form(const Message& message, const std::string& account_sid)
{
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
                    {"To", message.to},
                    {"ToZip", ""},
                    {"NumSegments", fmt::to_string(message.segments)},
                    {"MessageSid", message.sid},
                    {"AccountSid", account_sid},
                    {"From", message.from},
                    {"ApiVersion", "2010-04-01"}};
    for (std::size_t i = 0; i < message.media.size(); ++i) {
        form.emplace_back(fmt::format("MediaContentType{}", i), message.media[i].content_type);
        form.emplace_back(fmt::format("MediaUrl{}", i), message.media[i].url);
    }
    return form;
}

std::variant<const Message*, Problem>
receive(const http::Form& form, Account& account, Ledger& ledger, const Surroundings& surroundings)
{
    const PhoneNumber* number = account.by_address(http::first(form, "To"));
    const auto from = phone::sender(http::first(form, "From"), "US");
    if (number == nullptr)
        return Problem{404, 20404, "To is no number of this account", {}};
    if (!from.address)
        return Problem{400, 21211, fmt::format("From {}", from.reason), {}};

    Message message;
    for (const auto& [name, value] : form)
        if (name == "MediaUrl" && !value.empty())
            message.media.push_back({account.sids().next("ME"), value, "image/jpeg"});
    message.sid = account.sids().next(message.media.empty() ? "SM" : "MM");
    message.direction = "inbound";
    message.status = "received";
    message.to = number->address;
    message.from = from.address->text;
    message.body = http::first(form, "Body");
    message.segments = count_segments(message);
    message.created_at = surroundings.clock.now();
    message.updated_at = message.created_at;
    message.sent_at = message.created_at;
    keep_opt_outs(message, account);

    const Message& stored = ledger.add(std::move(message));
    const std::string url = number->setting("sms_url");
    if (!url.empty())
        surroundings.call({stored.sid,
                           "inbound",
                           url,
                           number->setting("sms_method"),
                           inbound_form(stored, account.sid())});
    return &stored;
}

} // namespace smsctl::sim
