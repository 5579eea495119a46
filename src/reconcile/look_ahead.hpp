#pragma once

#include "providers/provider.hpp"
#include "sms/message.hpp"
#include "store/database.hpp"
#include "store/scope.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smsctl::reconcile {

/// For each of these ids what `store::Polls::with_provider_ids` gives of its message, whose row is
/// 0 where none is stored.
std::vector<sms::Message> outlines_of(store::Scope& scope,
                                      const std::vector<std::string_view>& ids);

/// Finds what is stored of the messages on a page, in the thread that reads pages and over a
/// connection of its own, so that it need not be done by the one that writes.
class LookAhead {
public:
    LookAhead(std::string location, Workspace workspace);

    /// Their outlines, in the order of the page; nothing for other outcomes and where the database
    /// cannot be read now. Opens it when first called.
    std::vector<sms::Message> known(const providers::ReadOutcome& outcome);

private:
    std::string m_location;
    Workspace m_workspace;
    std::optional<store::Database> m_database;
    std::optional<store::Scope> m_scope;
};

} // namespace smsctl::reconcile
