#include "commands/listen_media.hpp"

#include "commands/media_files.hpp"
#include "store/scope.hpp"
#include "updates/media.hpp"

#include <fmt/format.h>

#include <exception>
#include <utility>

namespace smsctl {

ListenMedia::ListenMedia(Session& session,
                         std::mutex& secrets,
                         OnProblem on_problem,
                         std::stop_token stop)
    : m_session(session),
      m_secrets(secrets),
      m_on_problem(std::move(on_problem)),
      m_stop(std::move(stop)),
      m_thread([this](const std::stop_token& end) { run(end); })
{
}

ListenMedia::~ListenMedia()
{
    m_thread.request_stop();
    m_thread.join();
    for (const Item& item : m_waiting)
        report(item.message, "not downloaded any more");
}

void ListenMedia::see(const webhook::Received& received)
{
    const auto& message = received.message;
    if (!received.is_news || !message || message->direction != sms::Direction::inbound ||
        message->media.empty() || received.workspace.setting("media-dir").empty())
        return;
    const std::lock_guard lock(m_mutex);
    if (m_waiting.size() >= most_waiting)
        return report(*message, "not downloaded: too many wait");
    m_waiting.push_back({received.workspace, *message});
    m_arrived.notify_one();
}

void ListenMedia::run(const std::stop_token& end)
{
    while (!m_stop.stop_requested()) {
        std::optional<Item> item;
        {
            std::unique_lock lock(m_mutex);
            m_arrived.wait(lock, end, [this] { return !m_waiting.empty(); });
            if (m_waiting.empty())
                return;
            item = std::move(m_waiting.front());
            m_waiting.pop_front();
        }
        try {
            keep(*item);
        } catch (const std::exception& error) { // the next one may do
            report(item->message, error.what());
        }
    }
}

void ListenMedia::keep(const Item& item)
{
    media::DownloadRules rules;
    {
        const std::lock_guard lock(m_secrets);
        rules = media_rules(item.workspace, m_session);
    }
    media::Downloader downloader(std::move(rules));
    const std::string folder = item.workspace.setting("media-dir");
    for (std::size_t position = 1; position <= item.message.media.size(); ++position) {
        if (m_stop.stop_requested())
            return report(item.message, "not all was downloaded");
        const output::Download got = download_to(folder, item.message, position, downloader);
        const std::string problem = got.error ? got.error->what() : "";
        if (got.error)
            report(item.message, problem);
        store::Scope scope = database().scope(item.workspace);
        store::Transaction transaction = scope.begin();
        updates::enter_media(
            scope, item.message.row, position, got.path, problem, m_session.clock().now());
        transaction.commit();
    }
}

store::Database& ListenMedia::database()
{
    if (!m_database)
        m_database.emplace(store::OpenOptions{.location = m_session.database_location()});
    return *m_database;
}

void ListenMedia::report(const sms::Message& message, std::string_view problem) const
{
    m_on_problem(fmt::format(
        "{}: {}; smsctl message show {} --media DIR tries again", message.id, problem, message.id));
}

} // namespace smsctl
