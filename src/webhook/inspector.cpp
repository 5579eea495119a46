#include "webhook/inspector.hpp"

#include "core/error.hpp"
#include "providers/registry.hpp"
#include "store/workspaces.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace smsctl::webhook {

namespace {

constexpr int forbidden = 403;
constexpr int not_found = 404;
/// How long a replaced secret may go on being believed.
constexpr Millis secret_age = std::chrono::minutes(1);
/// How soon a signature that does not hold makes us read the secret anew: it may just have been
/// replaced, but a stranger's requests must not run a secret command each.
constexpr Millis secret_age_in_doubt = std::chrono::seconds(5);

/// The number within "whatsapp:+1…".
std::string without_channel(const std::string& address)
{
    const std::size_t colon = address.find(':');
    return colon == std::string::npos ? address : address.substr(colon + 1);
}

std::string describe(const Error& error)
{
    return error.hint().empty() ? error.what() : fmt::format("{}; {}", error.what(), error.hint());
}

} // namespace

Inspector::Inspector(store::Database& database,
                     const ListenerOptions& options,
                     Listener::SecretOf secret_of,
                     Clock& clock)
    : m_database(database), m_options(options), m_secret_of(std::move(secret_of)), m_clock(clock)
{
}

void Inspector::begin_batch()
{
    if (const std::int64_t version = m_database.data_version(); version != m_owners_version) {
        m_owners.clear();
        m_owners_version = version;
    }
}

Inspected Inspector::inspect(const providers::WebhookRequest& request)
{
    const providers::Webhooks* webhooks = providers::recognise(request);
    if (webhooks == nullptr)
        webhooks = &providers::webhooks(m_options.home.provider);
    const std::string account_id = webhooks->account_id(request);

    Inspected result;
    result.content = webhooks->read(request);
    result.acknowledgement = webhooks->acknowledgement();
    const std::optional<Workspace> whose = owner(result.content, account_id);
    result.workspace = whose.value_or(m_options.home);

    const auto refuse = [&](int status, std::string reason) {
        result.refusal = status;
        result.reason = std::move(reason);
        return result;
    };
    // A number of ours in another account's request: no signature of ours could make it true.
    if (whose && !account_id.empty() && whose->account_id != account_id)
        return refuse(forbidden,
                      fmt::format("it is about account {}, workspace {} is account {}",
                                  account_id,
                                  whose->name,
                                  whose->account_id));
    if (std::string problem = signature_problem(*webhooks, request, result.workspace);
        !problem.empty())
        return refuse(forbidden, std::move(problem));
    if (const auto* unreadable = std::get_if<providers::Unreadable>(&result.content))
        return refuse(unreadable->http_status, unreadable->reason);
    if (!whose) {
        const auto* inbound = std::get_if<providers::InboundMessage>(&result.content);
        return refuse(not_found,
                      inbound != nullptr && !inbound->to.empty()
                          ? fmt::format("no workspace here has the number {}; run `smsctl sync "
                                        "numbers` in the workspace that should",
                                        inbound->to)
                          : "no workspace here has this message, number or account");
    }
    return result;
}

/// Inbound: by the receiving number, or by account where a Messaging Service received it or nobody
/// says who did. Status: by the message, the number that sent it, or the account.
std::optional<Workspace> Inspector::owner(const providers::WebhookContent& content,
                                          const std::string& account_id)
{
    store::Workspaces workspaces(m_database);
    std::optional<Workspace> found;
    bool by_account = true;
    if (const auto* inbound = std::get_if<providers::InboundMessage>(&content)) {
        if (!inbound->to.empty())
            found = choose(owning(inbound->to), account_id);
        by_account = inbound->to.empty() || !inbound->messaging_service_id.empty();
    } else if (const auto* report = std::get_if<providers::StatusReport>(&content)) {
        const std::vector<Workspace> holders = workspaces.holding(report->provider_id);
        found = choose(holders, account_id);
        if (!found && !holders.empty())
            return std::nullopt; // a message of a workspace that this listener is not for
        if (!found && !report->from.empty())
            found = choose(owning(report->from), account_id);
    }
    if (!found && by_account && !account_id.empty())
        found = choose(workspaces.of_account(account_id), account_id);
    return found;
}

std::vector<Workspace> Inspector::owning(const std::string& address)
{
    constexpr std::size_t most = 1000; // a stranger chooses the addresses
    if (m_owners.size() >= most)
        m_owners.clear();
    const auto [known, is_new] = m_owners.try_emplace(address);
    if (is_new)
        known->second = store::Workspaces(m_database).owning(without_channel(address));
    return known->second;
}

/// Of several the one of this account; of several of those the listener's home, else the default.
std::optional<Workspace> Inspector::choose(std::vector<Workspace> candidates,
                                           const std::string& account_id) const
{
    const auto is_home = [&](const Workspace& one) { return one.row == m_options.home.row; };
    if (m_options.only_home)
        std::erase_if(candidates, std::not_fn(is_home));
    const auto better = [&](const Workspace& left, const Workspace& right) {
        const auto rank = [&](const Workspace& one) {
            return std::pair(one.account_id == account_id, is_home(one));
        };
        return rank(left) < rank(right);
    };
    const auto best = std::max_element(candidates.begin(), candidates.end(), better);
    return best == candidates.end() ? std::nullopt : std::optional(*best);
}

std::string Inspector::signature_problem(const providers::Webhooks& webhooks,
                                         const providers::WebhookRequest& request,
                                         const Workspace& workspace)
{
    if (!webhooks.is_signed(request))
        return m_options.allow_unsigned ? std::string()
                                        : webhooks.signature_problem(request, Secret());
    try {
        std::string problem =
            webhooks.signature_problem(request, secret(workspace, secret_age).secret);
        if (!problem.empty())
            problem =
                webhooks.signature_problem(request, secret(workspace, secret_age_in_doubt).secret);
        return problem;
    } catch (const Error& error) {
        if (error.exit() == Exit::storage)
            throw;
        return describe(error);
    }
}

const Inspector::KnownSecret& Inspector::secret(const Workspace& workspace, Millis max_age)
{
    const Instant now = m_clock.now();
    const auto known = m_secrets.find(workspace.row);
    if (known != m_secrets.end() && now - known->second.read_at < max_age)
        return known->second;
    KnownSecret fresh{m_secret_of(workspace), now};
    return m_secrets.insert_or_assign(workspace.row, std::move(fresh)).first->second;
}

} // namespace smsctl::webhook
