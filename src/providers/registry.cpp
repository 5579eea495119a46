#include "providers/registry.hpp"

#include "providers/twilio/callback.hpp"
#include "providers/twilio/client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace smsctl::providers {

void Provider::remove(std::string_view provider_id)
{
    throw Error(Exit::rejected,
                "provider.unsupported",
                fmt::format("{} cannot be deleted at this provider", provider_id));
}

void Provider::remove_media(std::string_view provider_id)
{
    throw Error(Exit::rejected,
                "provider.unsupported",
                fmt::format("the media of {} cannot be deleted at this provider", provider_id));
}

namespace {

constexpr std::string_view simulator = "sim";
/// Both speak Twilio's wire; the simulator has no address of its own.
constexpr std::array<std::string_view, 2> provider_names{"twilio", simulator};

void check_name(std::string_view name)
{
    if (std::find(provider_names.begin(), provider_names.end(), name) == provider_names.end())
        throw usage_error("usage.provider",
                          fmt::format("no provider is called {}", name),
                          fmt::format("choose one of {}", fmt::join(provider_names, ", ")));
}

} // namespace

std::span<const std::string_view> names()
{
    return provider_names;
}

void check_api_base(std::string_view name, std::string_view api_base)
{
    check_name(name);
    if (name == simulator && api_base.empty())
        throw usage_error("usage.api_base",
                          "the simulator's address is not known",
                          "run the command under `smsctl sim --`, or set SMSCTL_API_BASE");
}

std::unique_ptr<Provider> make_provider(std::string_view name, const ProviderConfig& config)
{
    check_api_base(name, config.api_base);
    return std::make_unique<twilio::Client>(name, config);
}

std::unique_ptr<twilio::BulkClient> make_bulk_client(std::string_view name,
                                                     const ProviderConfig& config)
{
    check_api_base(name, config.api_base);
    return std::make_unique<twilio::BulkClient>(name, config);
}

const Webhooks& webhooks(std::string_view name)
{
    static const twilio::Callbacks callbacks;
    check_name(name);
    return callbacks;
}

bool is_own_host(std::string_view name, const http::Url& url)
{
    check_name(name);
    // api.twilio.com, and api.EDGE.REGION.twilio.com.
    constexpr std::uint16_t https_port = 443;
    return url.scheme == "https" && url.port == https_port && url.host.starts_with("api.") &&
           url.host.ends_with(".twilio.com");
}

const Webhooks* recognise(const WebhookRequest& request)
{
    const Webhooks& candidate = webhooks(provider_names.front());
    return candidate.recognises(request) ? &candidate : nullptr;
}

} // namespace smsctl::providers
