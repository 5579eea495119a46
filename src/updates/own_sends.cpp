// A claim is committed before its request leaves, and the answer after it came. So when a list
// shows a message that nobody here knows, and one of ours is in the air or in doubt, the two may be
// one.
#include "updates/own_sends.hpp"

#include "sms/smart_encoding.hpp"
#include "store/bulk_requests.hpp"
#include "updates/report.hpp"

#include <algorithm>
#include <string>

namespace smsctl::updates {

namespace {

bool may_have_sent(const store::Unidentified& ours, const providers::RemoteMessage& remote)
{
    if (!ours.messaging_service_id.empty() &&
        ours.messaging_service_id == remote.messaging_service_id)
        return true;
    // A service's message has no sender until one was chosen.
    return ours.from == remote.from || ours.from.empty() || remote.from.empty();
}

bool may_say(const std::string& ours, const std::string& theirs)
{
    if (theirs.empty() || theirs.ends_with(ours))
        return true;
    return sms::replace_look_alikes(theirs).ends_with(sms::replace_look_alikes(ours));
}

bool any_may_be(const std::vector<store::Unidentified>& ours,
                const providers::RemoteMessage& remote)
{
    return std::any_of(ours.begin(), ours.end(), [&remote](const store::Unidentified& one) {
        return may_be(one, remote);
    });
}

} // namespace

bool may_be(const store::Unidentified& ours, const providers::RemoteMessage& remote)
{
    return ours.to == remote.to &&
           (!remote.created_at || *remote.created_at >= ours.created_at - clock_skew) &&
           may_have_sent(ours, remote) && may_say(ours.body, remote.body);
}

OwnSends::Verdict OwnSends::judge(const providers::RemoteMessage& remote)
{
    store::Messages messages(m_scope);
    if (!m_unidentified)
        m_unidentified = messages.unidentified();
    if (any_may_be(*m_unidentified, remote))
        return Verdict::awaited;
    if (!m_has_bulk)
        m_has_bulk = store::BulkRequests(m_scope).any();
    if (*m_has_bulk && any_may_be(messages.settled_without_id(remote.to), remote))
        return Verdict::settled;
    return Verdict::not_ours;
}

} // namespace smsctl::updates
