#include "core/error.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace smsctl {

namespace {

constexpr std::array meanings{
    ExitMeaning{Exit::ok, "ok", "did what was asked", ""},
    ExitMeaning{Exit::failed, "failed", "unexpected: a bug here, or the operating system", "no"},
    ExitMeaning{Exit::usage,
                "usage",
                "bad option or input, confirmation missing, ambiguous reference; nothing attempted",
                "after fixing"},
    ExitMeaning{Exit::not_found, "not-found", "no such thing", "no"},
    ExitMeaning{Exit::auth, "auth", "credentials missing, refused or unreadable", "after fixing"},
    ExitMeaning{Exit::rejected, "rejected", "the provider refused for good", "no"},
    ExitMeaning{Exit::unavailable,
                "unavailable",
                "network, rate limit or outage; certainly not sent",
                "yes"},
    ExitMeaning{Exit::in_doubt,
                "in-doubt",
                "the request left, the answer never came; run `smsctl reconcile`",
                "no"},
    ExitMeaning{Exit::pending,
                "pending",
                "deadline passed before a final status or the awaited event",
                "later"},
    ExitMeaning{Exit::partial, "partial", "several items, some failed; see the records", "resume"},
    ExitMeaning{Exit::undelivered, "undelivered", "final status is a failure", "no"},
    ExitMeaning{Exit::blocked,
                "blocked",
                "local policy refused: opt-out, quiet hours, cap, duplicate",
                "no"},
    ExitMeaning{Exit::storage,
                "storage",
                "database locked past its wait, full, damaged, or from a newer version",
                "later"},
    ExitMeaning{Exit::interrupted,
                "interrupted",
                "SIGINT; what is stored is consistent, the hint says how to resume",
                "resume"},
    ExitMeaning{Exit::terminated,
                "terminated",
                "SIGTERM; what is stored is consistent, the hint says how to resume",
                "resume"},
};

} // namespace

std::span<const ExitMeaning> exit_meanings()
{
    return meanings;
}

Error::Error(Exit exit, std::string code, const std::string& message, std::string hint)
    : std::runtime_error(message), m_exit(exit), m_code(std::move(code)), m_hint(std::move(hint))
{
}

Error& Error::with_provider(ProviderFault fault)
{
    m_provider = std::move(fault);
    return *this;
}

Error usage_error(std::string code, const std::string& message, std::string hint)
{
    return {Exit::usage, std::move(code), message, std::move(hint)};
}

Error not_found_error(std::string_view thing, std::string_view reference, std::string hint)
{
    return {Exit::not_found,
            // A code is one word: of "conversation of" and the like the first.
            fmt::format("not_found.{}", thing.substr(0, thing.find_first_of(" ,"))),
            fmt::format("no {} {}", thing, reference),
            std::move(hint)};
}

} // namespace smsctl
