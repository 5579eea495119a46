#include "updates/removal.hpp"

#include "core/error.hpp"
#include "core/time_text.hpp"
#include "store/event_log.hpp"
#include "store/message_search.hpp"
#include "store/messages.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>

namespace smsctl::updates {

namespace {

constexpr int messages_a_piece = 200;
constexpr int messages_a_piece_there = 20;

/// Why a message of this status must stay as it is; empty when it may go.
std::string problem_of(sms::Status status)
{
    switch (status) {
    case sms::Status::planned:
    case sms::Status::scheduled:
        return "it is still to be sent; smsctl cancel it first";
    case sms::Status::submitting:
        return "it is being sent";
    case sms::Status::in_doubt:
        return "nobody knows yet whether it was sent; smsctl reconcile settles that by its text";
    default:
        return sms::is_final(status)
                   ? ""
                   : fmt::format("it is {} and not final yet; smsctl reconcile asks for news",
                                 sms::word(status));
    }
}

/// Files go before the rows that name them: whoever runs it again finds what is left.
void delete_files(const sms::Message& message)
{
    for (const sms::Media& media : message.media) {
        std::error_code problem;
        if (!media.path.empty() && std::filesystem::is_regular_file(media.path, problem))
            std::filesystem::remove(media.path, problem);
        if (problem && problem != std::errc::no_such_file_or_directory)
            throw Error(Exit::failed,
                        "failed.file",
                        fmt::format("cannot delete {}: {}", media.path, problem.message()),
                        "delete it by hand, or change its rights, and run this again");
    }
}

} // namespace

Removal::Removal(store::Scope& scope, const Clock& clock, providers::Provider* remote)
    : m_scope(scope), m_clock(clock), m_remote(remote), m_removals(scope)
{
}

std::string Removal::problem(const sms::Message& message, store::RemovalVerb verb) const
{
    if (std::string why = problem_of(message.status); !why.empty())
        return why;
    if (store::Removals(m_scope).is_being_forwarded(message.row))
        return "its webhook has not reached your application yet; smsctl listen goes on with that";
    const auto today = std::chrono::floor<std::chrono::days>(m_clock.now());
    const bool counts =
        message.direction == sms::Direction::outbound && message.created_at >= today;
    if (verb == store::RemovalVerb::remove && counts && m_scope.workspace().daily_cap_micros())
        return "it counts towards today's daily-cap; redact it, or remove it tomorrow";
    return "";
}

void Removal::check(const std::vector<sms::Message>& messages, store::RemovalVerb verb) const
{
    for (const sms::Message& message : messages)
        if (const std::string why = problem(message, verb); !why.empty())
            throw Error(Exit::blocked,
                        "blocked.in_use",
                        fmt::format("{} cannot be {}: {}",
                                    message.id,
                                    verb == store::RemovalVerb::remove ? "removed" : "redacted",
                                    why.substr(0, why.find("; "))),
                        why.find("; ") == std::string::npos ? "nothing was changed; try again later"
                                                            : why.substr(why.find("; ") + 2));
}

std::int64_t Removal::log(const sms::Message* message, const std::string& what)
{
    sms::Event event;
    event.kind = sms::EventKind::change;
    event.source = sms::EventSource::command;
    event.reason = what;
    event.created_at = m_clock.now();
    if (message != nullptr) {
        event.message_row = message->row;
        event.message_id = message->id;
        event.provider_id = message->provider_id;
    }
    return store::EventLog(m_scope).append(event);
}

void Removal::remove(const std::vector<sms::Message>& messages,
                     const std::string& why,
                     const Took& took,
                     const std::stop_token& stop)
{
    if (m_remote == nullptr) {
        remove_here(messages, why, took);
        return;
    }
    check(messages, store::RemovalVerb::remove);
    std::vector<sms::Message> gone;
    try {
        for (const sms::Message& message : messages) {
            if (stop.stop_requested())
                break;
            remove_there(message);
            gone.push_back(message);
        }
    } catch (...) {
        remove_here(gone, why, took);
        throw;
    }
    remove_here(gone, why, took);
}

/// One by one, so that a signal or a crash leaves at most one of which it is not known.
void Removal::remove_there(const sms::Message& message)
{
    if (message.provider_id.empty())
        return;
    {
        store::Transaction transaction = m_scope.begin();
        m_removals.begin(message.row, store::RemovalVerb::remove, m_clock.now());
        transaction.commit();
    }
    if (!message.media.empty())
        m_remote->remove_media(message.provider_id);
    m_remote->remove(message.provider_id);
}

void Removal::remove_here(const std::vector<sms::Message>& messages,
                          const std::string& why,
                          const Took& took)
{
    if (messages.empty())
        return;
    std::vector<std::int64_t> rows;
    store::Transaction transaction = m_scope.begin();
    std::vector<sms::Message> now;
    for (const sms::Message& message : messages) {
        // Read again under the write lock: another may have been given its row.
        if (auto found = store::Messages(m_scope).by_row(message.row);
            found && found->id == message.id)
            now.push_back(*std::move(found));
    }
    if (m_remote == nullptr)
        check(now, store::RemovalVerb::remove);
    for (const sms::Message& message : now) {
        delete_files(message);
        rows.push_back(message.row);
    }
    m_removals.remove(rows, m_clock.now());
    log(nullptr,
        now.size() == 1 ? fmt::format("removed {}{}", now.front().id, why)
                        : fmt::format("removed {} messages{}", now.size(), why));
    transaction.commit();
    m_has_removed = true;
    for (const sms::Message& message : messages)
        if (took)
            took(message);
}

sms::Message Removal::redact(const sms::Message& asked)
{
    const bool there = m_remote != nullptr && !asked.provider_id.empty();
    store::Messages messages(m_scope);
    {
        store::Transaction transaction = m_scope.begin();
        const auto message = messages.by_id(asked.id);
        if (!message)
            throw not_found_error("message", asked.id);
        check({*message}, store::RemovalVerb::redact);
        delete_files(*message);
        m_removals.redact(message->row, m_clock.now());
        if (there)
            m_removals.begin(message->row, store::RemovalVerb::redact, m_clock.now());
        if (!message->redacted_at)
            messages.set_seq(message->row, log(&*message, "redacted"));
        transaction.commit();
        m_has_removed = true;
    }
    if (there) {
        try {
            if (!asked.media.empty())
                m_remote->remove_media(asked.provider_id);
            m_remote->redact(asked.provider_id);
        } catch (const Error& error) {
            if (error.exit() != Exit::not_found) // what is not there any more says nothing
                throw;
        }
        store::Transaction transaction = m_scope.begin();
        m_removals.finish(asked.row);
        log(&asked, "redacted at the provider");
        transaction.commit();
    }
    return messages.by_id(asked.id).value();
}

Removal::Result Removal::remove_older(Instant cutoff, const Took& took, const std::stop_token& stop)
{
    Result result;
    store::MessagePlace place{Instant(Millis::min()), 0};
    while (!stop.stop_requested()) {
        std::vector<sms::Message> piece = m_removals.older(
            cutoff, place, m_remote == nullptr ? messages_a_piece : messages_a_piece_there);
        if (piece.empty())
            return result;
        place = {piece.back().created_at, piece.back().row};
        std::erase_if(piece, [&](const sms::Message& message) {
            return !problem(message, store::RemovalVerb::remove).empty();
        });
        remove(
            piece,
            fmt::format(", created before {}", text::rfc3339(cutoff)),
            [&](const sms::Message& message) {
                ++result.removed;
                if (took)
                    took(message);
            },
            stop);
    }
    result.was_stopped = true;
    return result;
}

void Removal::purge()
{
    if (m_removals.has_forgotten())
        store::MessageSearch(m_scope).purge();
    if (m_has_removed)
        m_scope.database().empty_log();
}

std::optional<Instant> retention_cutoff(const Workspace& workspace, Instant now)
{
    const auto length = workspace.retention();
    return length ? std::optional(now - *length) : std::nullopt;
}

} // namespace smsctl::updates
