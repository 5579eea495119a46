#include "reconcile/reconciler.hpp"

#include "reconcile/run.hpp"

namespace smsctl::reconcile {

std::string_view word(Way way)
{
    switch (way) {
    case Way::none:
        return "";
    case Way::pages:
        return "list";
    case Way::lookups:
        return "lookup";
    }
    return "";
}

Reconciler::Reconciler(store::Scope& scope, providers::Provider& provider, Clock& clock)
    : m_scope(scope), m_provider(provider), m_clock(clock)
{
}

Summary
Reconciler::run(const Options& options, const OnChange& on_change, const std::stop_token& stop)
{
    return Run(m_scope, m_provider, m_clock, options, on_change, stop).perform();
}

} // namespace smsctl::reconcile
