#pragma once

#include "providers/provider.hpp"
#include "store/messages.hpp"
#include "store/scope.hpp"

#include <optional>
#include <vector>

namespace smsctl::updates {

/// Whether `remote`, a message from us, may be what became of `ours`: same recipient, a sender that
/// fits, made no earlier, and the same text as far as the provider leaves texts alone (it may put
/// a trial account's sentence before, replace look-alikes, or have emptied it).
bool may_be(const store::Unidentified& ours, const providers::RemoteMessage& remote);

/// Which messages of the provider's may be sends of ours whose fate is not known yet. They must not
/// be entered a second time: settlement gives each its own. Holds what it read of the database, so
/// make one anew in each transaction.
class OwnSends {
public:
    explicit OwnSends(store::Scope& scope) : m_scope(scope) {}

    enum class Verdict {
        not_ours, ///< somebody else made it
        awaited,  ///< one of ours may be it, and will be settled
        settled,  ///< one of ours may be it that is final and never learnt its id
    };
    Verdict judge(const providers::RemoteMessage& remote);

private:
    store::Scope& m_scope;
    std::optional<std::vector<store::Unidentified>> m_unidentified;
    std::optional<bool> m_has_bulk;
};

} // namespace smsctl::updates
