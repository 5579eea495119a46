#include "updates/opt_out_order.hpp"

#include "store/messages.hpp"
#include "store/opt_outs.hpp"

#include <algorithm>
#include <string>

namespace smsctl::updates {

bool wrote_again_since(store::Scope& scope, std::int64_t conversation_row, Instant at)
{
    const auto texts = store::Messages(scope).short_texts_since(conversation_row, at);
    return std::any_of(texts.begin(), texts.end(), [](const std::string& text) {
        const sms::Keyword keyword = sms::keyword(text);
        return keyword == sms::Keyword::stop || keyword == sms::Keyword::start;
    });
}

bool decided_since(store::Scope& scope,
                   std::string_view address,
                   std::string_view our_address,
                   sms::Keyword keyword,
                   Instant at)
{
    store::OptOuts opt_outs(scope);
    if (opt_outs.changed_by_hand_since(address, our_address, at))
        return true;
    if (keyword != sms::Keyword::start)
        return false;
    const auto known = opt_outs.find(address, our_address);
    return known && known->source == sms::EventSource::submit && known->created_at > at;
}

} // namespace smsctl::updates
