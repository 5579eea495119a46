#pragma once

#include "http/url.hpp"
#include "providers/provider.hpp"
#include "providers/twilio/bulk_client.hpp"

#include <memory>
#include <span>
#include <string_view>

namespace smsctl::providers {

/// The names that `workspace add --provider` takes: "twilio", "sim" (Twilio's wire, our simulator).
std::span<const std::string_view> names();
/// Throws `usage.provider` for a name that is not in the list.
std::unique_ptr<Provider> make_provider(std::string_view name, const ProviderConfig& config);
/// Throws `usage.api_base` where the simulator is meant and nobody says where it is.
void check_api_base(std::string_view name, std::string_view api_base);
/// For many messages a request; the same rules. Every provider there is now has one.
std::unique_ptr<twilio::BulkClient> make_bulk_client(std::string_view name,
                                                     const ProviderConfig& config);
const Webhooks& webhooks(std::string_view name);
/// Whether `url` is on a host of the provider's API, over TLS: where its credentials may go.
bool is_own_host(std::string_view name, const http::Url& url);
/// The provider whose webhook this looks like; nullptr for none.
const Webhooks* recognise(const WebhookRequest& request);

} // namespace smsctl::providers
