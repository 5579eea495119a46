#pragma once

#include "http/client.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace smsctl::http {

/// What came of one request of a pool.
struct Finished {
    std::int64_t ticket = 0; ///< as handed to `start`
    Result result;
};

/// Many requests in flight at once, over kept connections, as a rule POSTs to one address. Each
/// POST is submitted at most once, by the same lock as Client's. For one thread, but for `wake`.
class Pool {
public:
    /// A request that is only given a body is `prototype` with it.
    Pool(std::string user_agent, Request prototype, Trace trace = {});
    ~Pool();
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;

    /// Begins a request; its first byte leaves in `wait` at the earliest.
    void start(std::int64_t ticket, std::string body);
    /// The same for a request of its own. Throws `internal.http` for one with a line break in its
    /// URL or a header.
    void start(std::int64_t ticket, Request request);
    std::size_t in_flight() const;
    /// Waits until something finished, somebody called `wake`, or `longest` has passed (no end
    /// without), and gives what finished.
    std::vector<Finished> wait(std::optional<Millis> longest);
    /// Ends a `wait`, the next one if none is under way. For any thread.
    void wake();

private:
    class Loop;
    std::unique_ptr<Loop> m_loop;
};

} // namespace smsctl::http
