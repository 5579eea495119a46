#pragma once

#include "core/clock.hpp"
#include "providers/twilio/bulk_answer.hpp"
#include "sms/event.hpp"
#include "sms/message.hpp"
#include "store/scope.hpp"

#include <cstdint>
#include <optional>

namespace smsctl::delivery {

/// Whether nothing is left to ask the bulk API about it: by its provider id it is a message like
/// all others.
bool is_known(const sms::Message& message);

/// Enters what the bulk API shows of single messages, inside the caller's transaction. Statuses go
/// through `updates::Updates`, so none moves back.
class BulkNews {
public:
    BulkNews(store::Scope& scope, const Clock& clock);

    struct Item {
        std::int64_t message_row = 0;
        providers::twilio::BulkMessage news; ///< with attempts when it was fetched by its id
    };
    struct Changed {
        sms::Message message;
        sms::Status before;
    };
    /// Nothing when it is no news.
    std::optional<Changed> apply(const Item& item);
    /// The provider finished without making a message for this one.
    std::optional<Changed> unaddressable(std::int64_t message_row);

private:
    /// What moves `message`, and why it failed; the event is logged.
    void move(sms::Message& message, const providers::twilio::BulkMessage& news, sms::Event& event);

    store::Scope& m_scope;
    const Clock& m_clock;
};

} // namespace smsctl::delivery
