#pragma once

#include "sms/number.hpp"
#include "store/scope.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace smsctl::store {

class Numbers {
public:
    explicit Numbers(Scope& scope) : m_scope(scope) {}

    void insert(sms::Number& number); ///< fills in row
    void update(const sms::Number& number);
    void remove(std::int64_t row);
    std::vector<sms::Number> list(bool also_inactive);
    std::optional<sms::Number> by_row(std::int64_t row);
    std::optional<sms::Number> by_address(std::string_view address); ///< active ones first
    /// By "num_…" id, address, provider id, or an unambiguous prefix of four characters or more.
    /// Throws not_found (3) or `usage.ambiguous`.
    sms::Number resolve(std::string_view reference);

private:
    Scope& m_scope;
};

} // namespace smsctl::store
