#include "delivery/worker.hpp"

#include "core/error.hpp"
#include "delivery/retry.hpp"
#include "store/messages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace smsctl::delivery {

namespace {

constexpr std::size_t most_rounds_ahead = 8;

providers::Outgoing outgoing(const Claim& claim)
{
    providers::Outgoing out;
    out.from = claim.message.from;
    out.messaging_service_id = claim.message.messaging_service_id;
    out.to = claim.message.to;
    out.body = claim.message.body;
    for (const sms::Media& media : claim.message.media)
        out.media_urls.push_back(media.url);
    out.status_callback = claim.entry.status_callback;
    if (claim.entry.send_at > claim.message.status_at) // else its time has come
        out.send_at = claim.entry.send_at;
    if (claim.entry.validity_seconds)
        out.validity = std::chrono::seconds(*claim.entry.validity_seconds);
    return out;
}

} // namespace

/// One run: rounds of recording what was answered and claiming more, until an end is reached and
/// nothing is in the air.
class Worker::Run {
public:
    Run(Worker& worker,
        const Selection& selection,
        const OnSettled& on_settled,
        std::stop_token stop)
        : m_scope(worker.m_scope),
          m_clock(worker.m_clock),
          m_on_settled(on_settled),
          m_stop(std::move(stop)),
          m_by_rows(!selection.message_rows.empty()),
          m_has_failure_limit(worker.m_options.max_failures.has_value()),
          m_claims(m_scope, m_clock, selection, worker.m_options.mps, worker.m_options.most),
          m_recorder(m_scope, m_clock),
          m_breaker(worker.m_options.concurrency, worker.m_options.max_failures),
          m_submission(worker.m_provider.submitter(), m_breaker.pace().limit())
    {
    }

    Ended run();

private:
    using Answers = std::vector<providers::Submitted>;

    bool is_ending() const { return m_breaker.tripped() || m_broken || m_stop.stop_requested(); }
    void round(const Answers& answers);
    void write(const Answers& answers, std::vector<Settled>& settled);
    void look_further_ahead(const Answers& answers);
    Settled record(const providers::Submitted& answer);
    bool is_last_try(std::int64_t message_row);
    void withdraw();
    void put_back_ready(bool all);
    void claim_more(std::vector<Settled>& settled);
    std::size_t wanted() const;
    void hand_over();
    void settle_rest(Ended ended);
    void tell(const std::vector<Settled>& settled);
    Answers wait();
    std::optional<Millis> until_next() const;
    std::vector<Settled> unrecorded(const Answers& answers, const char* why);

    store::Scope& m_scope;
    Clock& m_clock;
    const OnSettled& m_on_settled;
    std::stop_token m_stop;
    bool m_by_rows; ///< of a selection: few, and each told of
    bool m_has_failure_limit;
    Claims m_claims;
    Recorder m_recorder;
    Breaker m_breaker;
    std::unordered_map<std::int64_t, Claim> m_in_air; ///< handed over and not answered
    std::deque<Claim> m_ready;                        ///< claimed, before their turn
    std::unordered_map<std::int64_t, int> m_tries;    ///< of those that were not sent
    std::exception_ptr m_broken;
    std::optional<Error> m_unrecorded; ///< the first
    std::size_t m_rounds_ahead = 2;
    Submission m_submission; ///< last: its thread ends first
};

Ended Worker::Run::run()
{
    Answers answers;
    while (true) {
        round(answers);
        if (m_in_air.empty() && m_ready.empty() && (is_ending() || m_claims.is_done()))
            break;
        answers = wait();
    }
    const Ended ended =
        m_breaker.tripped().value_or(m_claims.is_done() ? Ended::done : Ended::stopped);
    if (!m_broken)
        settle_rest(ended);
    if (m_unrecorded)
        throw Error(*m_unrecorded);
    if (m_broken)
        std::rethrow_exception(m_broken);
    return ended;
}

/// One transaction, and what follows from it.
void Worker::Run::round(const Answers& answers)
{
    if (is_ending() || std::any_of(answers.begin(), answers.end(), not_sent))
        withdraw();
    look_further_ahead(answers);
    m_breaker.judge(answers, m_in_air.size() - answers.size(), m_clock.now());
    std::vector<Settled> settled;
    try {
        write(answers, settled);
    } catch (const std::exception& error) {
        if (!m_broken)
            m_broken = std::current_exception();
        settled = unrecorded(answers, error.what());
        m_ready.clear(); // rolled back with the rest, or abandoned with this process
    }
    for (const providers::Submitted& answer : answers)
        m_in_air.erase(answer.ticket);
    hand_over();
    tell(settled);
}

void Worker::Run::write(const Answers& answers, std::vector<Settled>& settled)
{
    const bool pausing = is_ending() || m_breaker.pace().paused_until(m_clock.now());
    if (answers.empty() && (pausing ? m_ready.empty() : m_claims.is_done()))
        return;
    store::Transaction transaction = answers.empty() ? m_scope.begin() : m_scope.begin_patiently();
    for (const providers::Submitted& answer : answers)
        settled.push_back(record(answer));
    m_recorder.finish_accepted();
    // Whether the next claims go on depends on what was just recorded.
    const bool all = is_ending() || m_breaker.pace().paused_until(m_clock.now());
    put_back_ready(all);
    if (!all)
        claim_more(settled);
    transaction.commit();
}

/// More must be claimed ahead where the network was through with it before we were; but all that is
/// claimed may fail beyond a limit.
void Worker::Run::look_further_ahead(const Answers& answers)
{
    if (m_has_failure_limit)
        return;
    const auto limit = static_cast<std::size_t>(m_breaker.pace().limit());
    if (answers.size() > limit && m_in_air.size() - answers.size() < limit)
        m_rounds_ahead = std::min(m_rounds_ahead * 2, most_rounds_ahead);
}

/// One of few messages is tried so often. In a queue each has as many tries as it takes while
/// others get through: an account that takes so many at once, or a sender's queue that fills up,
/// refuses now these and now those.
bool Worker::Run::is_last_try(std::int64_t message_row)
{
    return m_by_rows && ++m_tries[message_row] >= submit_tries;
}

Settled Worker::Run::record(const providers::Submitted& answer)
{
    const Claim& claim = m_in_air.at(answer.ticket);
    const auto* const failed = not_sent(answer);
    NotSentMeans means = NotSentMeans::once_more;
    if (failed != nullptr &&
        (m_breaker.tripped() == Ended::unavailable || is_last_try(answer.ticket)))
        means = NotSentMeans::given_up;
    Settled settled = m_recorder.record(claim.message, answer.outcome, means);
    if (failed == nullptr) {
        m_claims.answered(claim.entry.sender);
        m_breaker.weigh(settled);
        if (settled.message.status == sms::Status::planned) // the credentials were refused
            m_claims.give_up(settled.message);
        return settled;
    }
    if (is_queue_full(*failed))
        m_claims.pause(claim.entry.sender,
                       m_clock.now() + failed->retry_after.value_or(Millis::zero()));
    if (means == NotSentMeans::given_up) {
        m_claims.give_up(claim.message);
        settled.retry_after = m_breaker.asked_too_long();
    } else {
        m_claims.look_again(claim.message);
    }
    return settled;
}

/// Takes back what the network has not started.
void Worker::Run::withdraw()
{
    for (const std::int64_t ticket : m_submission.withdraw()) {
        m_ready.push_back(std::move(m_in_air.at(ticket)));
        m_in_air.erase(ticket);
    }
}

/// Makes planned again what was claimed and is not to leave for now: `all`, or what stands in the
/// queues of senders that pause.
void Worker::Run::put_back_ready(bool all)
{
    std::deque<Claim> kept;
    for (Claim& claim : m_ready) {
        if (!all && !m_claims.is_paused(claim.entry.sender)) {
            kept.push_back(std::move(claim));
            continue;
        }
        m_recorder.put_back(claim.message);
        m_claims.look_again(claim.message);
    }
    m_ready = std::move(kept);
}

void Worker::Run::claim_more(std::vector<Settled>& settled)
{
    const std::size_t taken = m_in_air.size() + m_ready.size();
    if (taken >= wanted() || m_claims.is_done())
        return;
    Claims::Taken more = m_claims.take(wanted() - taken);
    std::move(more.claims.begin(), more.claims.end(), std::back_inserter(m_ready));
    std::move(more.settled.begin(), more.settled.end(), std::back_inserter(settled));
}

/// Twice the number in flight, so that while one part is under way the next waits at the door; and
/// more where the network was through with it before we were. What is claimed is in doubt should
/// this process be killed, so no more than that.
std::size_t Worker::Run::wanted() const
{
    return static_cast<std::size_t>(m_breaker.pace().limit()) * m_rounds_ahead;
}

/// Lets go whose turn has come.
void Worker::Run::hand_over()
{
    const Instant now = m_clock.now();
    if (is_ending() || m_breaker.pace().paused_until(now))
        return;
    std::vector<Submission::Order> orders;
    std::deque<Claim> early;
    for (Claim& claim : m_ready) {
        if (claim.start_at > now) {
            early.push_back(std::move(claim));
            continue;
        }
        const std::int64_t ticket = claim.message.row;
        orders.push_back({ticket, outgoing(claim)});
        m_in_air.emplace(ticket, std::move(claim));
    }
    m_ready = std::move(early);
    m_submission.resume(m_breaker.pace().limit());
    if (!orders.empty())
        m_submission.hand_over(std::move(orders));
}

void Worker::Run::tell(const std::vector<Settled>& settled)
{
    try {
        for (const Settled& one : settled)
            if (one.message.status != sms::Status::planned || one.elsewhere ||
                m_claims.is_given_up(one.message))
                m_on_settled(one);
    } catch (...) { // what is in flight must come back before anybody is told
        if (!m_broken)
            m_broken = std::current_exception();
    }
}

/// Messages named one by one that were not submitted: told, and failed where nobody can ask again.
void Worker::Run::settle_rest(Ended ended)
{
    if (m_claims.unsettled().empty())
        return;
    std::vector<Settled> settled;
    {
        store::Transaction transaction = m_scope.begin();
        for (const std::int64_t row : m_claims.unsettled()) {
            Settled one{.message = store::Messages(m_scope).by_row(row).value()};
            one.stopped = ended == Ended::stopped;
            if (!one.stopped) {
                one.error = m_breaker.last_error();
                one.retry_after = m_breaker.asked_too_long();
            }
            m_recorder.leave(one.message);
            m_claims.give_up(one.message);
            settled.push_back(std::move(one));
        }
        transaction.commit();
    }
    tell(settled);
}

/// How long until something is to be done that no answer tells of; no end without.
std::optional<Millis> Worker::Run::until_next() const
{
    const Instant now = m_clock.now();
    std::optional<Instant> next;
    const auto consider = [&next](std::optional<Instant> at) {
        if (at && (!next || *at < *next))
            next = at;
    };
    for (const Claim& claim : m_ready)
        consider(claim.start_at);
    const auto paused_until = m_breaker.pace().paused_until(now);
    const bool has_room = m_in_air.size() + m_ready.size() < wanted();
    if (paused_until)
        consider(paused_until);
    else if (has_room && !m_claims.is_done())
        consider(m_claims.next_turn());
    if (!next)
        return std::nullopt;
    return std::max(Millis(1), *next - now);
}

Worker::Run::Answers Worker::Run::wait()
{
    if (is_ending())
        return m_in_air.empty() ? Answers{} : m_submission.answers({}, {});
    const auto longest = until_next();
    if (!m_in_air.empty())
        return m_submission.answers(longest, m_stop);
    m_clock.wait(longest.value_or(Millis(1)), m_stop);
    return {};
}

/// What is known of answers that could not be stored.
std::vector<Settled> Worker::Run::unrecorded(const Answers& answers, const char* why)
{
    std::vector<Settled> settled;
    for (const providers::Submitted& answer : answers) {
        if (not_sent(answer) != nullptr)
            continue;
        Settled& one = settled.emplace_back(Settled{.message = m_in_air.at(answer.ticket).message});
        const auto* const accepted = std::get_if<providers::Accepted>(&answer.outcome);
        one.unrecorded.emplace(
            Exit::in_doubt,
            "in_doubt.not_recorded",
            fmt::format("{} was submitted{}, but the answer could not be stored: {}",
                        one.message.id,
                        accepted != nullptr ? " as " + accepted->message.provider_id : "",
                        why),
            "do not send it again; make room or unlock the database, then run smsctl reconcile");
        if (!m_unrecorded)
            m_unrecorded = one.unrecorded;
    }
    return settled;
}

Worker::Worker(store::Scope& scope,
               providers::Provider& provider,
               Clock& clock,
               WorkOptions options)
    : m_scope(scope), m_provider(provider), m_clock(clock), m_options(options)
{
}

Ended Worker::run(const Selection& selection,
                  const OnSettled& on_settled,
                  const std::stop_token& stop)
{
    return Run(*this, selection, on_settled, stop).run();
}

} // namespace smsctl::delivery
