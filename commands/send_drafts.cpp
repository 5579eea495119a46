#include "commands/send_drafts.hpp"

#include "commands/merge_values.hpp"
#include "core/error.hpp"
#include "phone/e164.hpp"
#include "store/conversations.hpp"
#include "store/messages.hpp"
#include "store/templates.hpp"

#include <fmt/format.h>

#include <utility>

namespace smsctl {

namespace {

sms::EncodingChoice encoding_choice(const std::string& word)
{
    if (word == "gsm7")
        return sms::EncodingChoice::gsm7;
    return word == "ucs2" ? sms::EncodingChoice::ucs2 : sms::EncodingChoice::automatic;
}

void check_recipients(const SendOptions& options)
{
    if (options.to.size() > std::size_t{most_recipients})
        throw usage_error(
            "usage.too_many_recipients",
            fmt::format("{} recipients; send takes {}", options.to.size(), most_recipients),
            "write them to a file, one a line below the word `to`, and use smsctl bulk");
    if (options.to.size() > 1 && !options.key.empty())
        throw usage_error("usage.key_recipients",
                          "a key names one message, and there are several recipients",
                          "run send once for each recipient, each with its own --key");
}

sms::Message message_to_answer(const std::string& reference, store::Scope& scope)
{
    sms::Message original = store::Messages(scope).resolve(reference);
    if (original.direction != sms::Direction::inbound)
        throw usage_error("usage.reply",
                          fmt::format("{} is not an inbound message", original.id),
                          "smsctl message list --direction inbound");
    return original;
}

/// The name of a recipient that was typed as a contact, if anybody ever gave it one.
std::string contact_name(const std::string& to, store::Scope& scope)
{
    if (phone::recipient(to, scope.workspace().region()).address)
        return {};
    const auto contact = store::Contacts(scope).find(to);
    return contact && sms::is_named(*contact) ? contact->name : "";
}

/// All of a draft but its recipient and, from a template, its text.
delivery::Draft common_draft(const SendOptions& options, store::Scope& scope)
{
    delivery::Draft draft;
    draft.from = options.from;
    draft.media_urls = options.media;
    draft.key = options.key;
    draft.tag = options.tag;
    draft.encoding = encoding_choice(options.encoding);
    draft.smart = options.smart ? sms::SmartEncoding::on : sms::SmartEncoding::off;
    draft.max_segments = options.max_segments;
    draft.status_callback = scope.workspace().setting("public-url");
    draft.at = options.at;
    draft.on_block = sms::parse_on_block(options.on_block).value();
    return draft;
}

} // namespace

SendDrafts read_drafts(const SendOptions& options, store::Scope& scope, Session& session)
{
    check_recipients(options);
    SendDrafts drafts;
    delivery::Draft draft = common_draft(options, scope);
    std::optional<store::StoredTemplate> stored;
    if (options.template_name)
        stored = store::Templates(scope).resolve(*options.template_name);
    else
        draft.body = read_body(options.body, !options.media.empty(), session.streams());
    std::vector<std::string> recipients = options.to;
    if (!options.reply.empty()) {
        drafts.original = message_to_answer(options.reply, scope);
        if (draft.from.empty())
            draft.from = drafts.original->to;
        if (recipients.empty())
            recipients.push_back(drafts.original->from);
    }
    if (recipients.empty())
        throw usage_error(
            "usage.no_recipient", "nobody to send to", "smsctl send +14155550100 -m TEXT");
    for (std::string& recipient : recipients) {
        if (stored)
            draft.body = fill_in(*stored, options.variables, contact_name(recipient, scope));
        drafts.all.push_back(draft);
        drafts.all.back().to = std::move(recipient);
    }
    return drafts;
}

} // namespace smsctl
