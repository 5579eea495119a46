#include "commands/message_filter.hpp"

#include "commands/shared_options.hpp"
#include "core/time_text.hpp"
#include "store/lookup.hpp"

#include <CLI/App.hpp>
#include <fmt/format.h>

namespace smsctl {

namespace {

sms::Status status_of(const std::string& word)
{
    if (const auto status = sms::parse_status(word))
        return *status;
    throw usage_error(
        "usage.status",
        fmt::format("'{}' is no status", word),
        "statuses: planned submitting in_doubt scheduled accepted queued sending sent "
        "delivered read undelivered failed canceled expired rejected blocked "
        "received");
}

} // namespace

void declare_filter(CLI::App& verb, MessageFilter& filter, Session& session)
{
    add_choice(verb,
               "--direction",
               filter.direction,
               {"in", "out", "inbound", "outbound"},
               "Received or sent ones");
    add_text(verb, "--status", filter.status, "STATUS", "Only with this status");
    add_choice(verb,
               "--processed",
               filter.processed,
               {"true", "false"},
               "Only those marked processed, or not");
    add_text(verb, "--with", filter.with, "NUMBER", "The other end: a number or a contact");
    add_text(verb, "--tag", filter.tag, "TAG", "Only those sent with this tag");
    add_time(verb,
             session,
             "--since",
             filter.since,
             text::DurationMeans::ago,
             "Created at this time or later");
    add_time(
        verb, session, "--until", filter.until, text::DurationMeans::ago, "Created before this");
}

store::MessageQuery query_of(const MessageFilter& filter, store::Scope& scope)
{
    store::MessageQuery query;
    if (!filter.direction.empty())
        query.direction =
            filter.direction.starts_with("in") ? sms::Direction::inbound : sms::Direction::outbound;
    if (!filter.status.empty())
        query.status = status_of(filter.status);
    if (!filter.processed.empty())
        query.processed = filter.processed == "true";
    if (!filter.with.empty())
        query.with = store::find_address(scope, filter.with);
    query.tag = filter.tag;
    query.since = filter.since;
    query.until = filter.until;
    return query;
}

} // namespace smsctl
