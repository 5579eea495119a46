#pragma once

#include "reconcile/planner.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace smsctl::reconcile {

/// Times that nobody has looked at yet: spans that do not touch, oldest first.
class Gaps {
public:
    void add(const Span& span);
    void subtract(const Span& span);
    const std::vector<Span>& spans() const { return m_spans; }
    bool empty() const { return m_spans.empty(); }
    bool contains(Instant at) const;

    /// "2026-03-01T00:00:00.000Z/2026-03-01T01:00:00.000Z,…", and back; what makes no sense is
    /// left out.
    std::string text() const;
    static Gaps parse(std::string_view text);

private:
    std::vector<Span> m_spans;
};

} // namespace smsctl::reconcile
