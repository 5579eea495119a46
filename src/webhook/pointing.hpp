#pragma once

#include "core/clock.hpp"
#include "providers/provider.hpp"
#include "sms/number.hpp"
#include "store/outbox.hpp"
#include "store/pointings.hpp"
#include "store/scope.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace smsctl::webhook {

/// The URL a number is to be pointed at so that requests reach `path` behind `public_url`: one of
/// those that `signed_urls` takes for signed.
std::string pointed_url(std::string_view public_url, std::string_view path);

/// What became of a number's former webhook.
enum class PutBack {
    not_needed, ///< nothing was changed, or another listener has the number in hand now
    done,       ///< it is back
    left_alone, ///< somebody else changed the webhook meanwhile; theirs stays
};

/// One number whose webhook is pointed at a listener and put back. Each step is in the database
/// before the provider is told of it, so that whoever claims the number after a crash knows the
/// former webhook. For one thread at a time; throws what the provider throws.
class Pointing {
public:
    /// How long a claim holds of which nobody can tell whether its owner lives; renew it in time.
    static constexpr Millis lease_length = std::chrono::minutes(3);

    Pointing(store::Scope& scope, const Clock& clock, sms::Number number);

    /// Takes the number in hand. Throws `usage.pointed` (2) while another listener holds it.
    void claim();
    /// Asks the provider for the number's settings. Throws not_found when it has no such number.
    const sms::Number& look(providers::Provider& provider);
    /// Points the number, as last looked at, at `url`; to be claimed before, with nothing left to
    /// put back.
    void point(providers::Provider& provider, const std::string& url);
    /// Puts the former webhook back, unless somebody changed it meanwhile. May be repeated.
    PutBack put_back(providers::Provider& provider);
    /// False when somebody else has taken the number.
    bool renew();
    /// Lets go of the number; what is not put back stays for whoever claims it next.
    void release();

    /// As last looked at or changed.
    const sms::Number& number() const { return m_number; }

private:
    void change(providers::Provider& provider, const std::string& url, const std::string& method);
    Instant until() const { return m_clock.now() + lease_length; }

    store::Scope& m_scope;
    const Clock& m_clock;
    sms::Number m_number;
    const std::string m_owner = store::this_process();
};

} // namespace smsctl::webhook
