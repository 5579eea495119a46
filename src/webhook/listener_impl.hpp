#pragma once

// Private to the listener: its state, and what its two halves share. All of it is the writer
// thread's but for `waiting`.

#include "store/checkpointer.hpp"
#include "webhook/forwarder.hpp"
#include "webhook/inspector.hpp"
#include "webhook/listener.hpp"
#include "webhook/replier.hpp"

#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace smsctl::webhook {

struct Listener::Impl {
    struct Request {
        http::ServerRequest http;
        http::Responder respond;
        Instant arrived_at;
        std::optional<Inspected> inspected;
        std::optional<Received> received; ///< set once it is in the database
        std::optional<Entered> entered;   ///< set beside it when it is to be forwarded
        std::optional<http::ServerResponse> reply = {}; ///< set beside it when it texts back
        int failure = 503;                              ///< the answer while `received` is not set

        /// The parameters as they came, as text.
        std::string payload() const;
    };

    Impl(const std::string& location,
         ListenerOptions the_options,
         SecretOf secret_of,
         OnReceived the_on_received,
         Clock& the_clock)
        : options(std::move(the_options)),
          on_received(std::move(the_on_received)),
          clock(the_clock),
          database({.location = location}),
          checkpointer(database),
          inspector(database, options, std::move(secret_of), the_clock),
          replier(options.reply, options.public_url)
    {
    }

    // listener.cpp: from one batch to the next
    void write(const std::stop_token& stop);
    void settle(std::vector<Request>& batch);
    void inspect(Request& request);
    bool enter_together(std::vector<Request>& batch);
    void enter_each(std::vector<Request>& batch);
    void enter_alone(Request& request);
    void forget(Request& request) const;
    // listener_enter.cpp: what one request makes of the database
    void enter(Request& request);
    void apply(Request& request);
    std::optional<sms::Message> reply(Request& request,
                                      store::Scope& scope,
                                      const providers::InboundMessage& inbound,
                                      updates::Applied& applied);
    void refuse(Request& request, int status, std::string_view reason);
    void answer(Request& request) const;
    void report(std::string_view problem) const;

    ListenerOptions options;
    OnReceived on_received;
    Clock& clock;
    store::Database database;
    store::Checkpointer checkpointer;
    Inspector inspector;
    Replier replier;
    std::map<std::int64_t, std::int64_t> refused_counts; ///< by workspace row, since the start

    std::mutex mutex;
    std::condition_variable_any arrived;
    std::vector<Request> waiting; ///< guarded by `mutex`
    std::jthread writer;          ///< last: ends first
};

} // namespace smsctl::webhook
