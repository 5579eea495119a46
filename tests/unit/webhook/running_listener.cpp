#include "unit/webhook/running_listener.hpp"

#include "providers/twilio/signature.hpp"
#include "store/numbers.hpp"
#include "store/workspaces.hpp"
#include "support/builders.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace smsctl::test {

RunningListener::RunningListener(const Adjust& adjust,
                                 webhook::Listener::SecretOf secret_of,
                                 webhook::Listener::OnReceived on_received,
                                 std::optional<webhook::ForwarderOptions> forward)
    : database({.location = (folder / "smsctl.db").string()}),
      workspace(add_workspace("prod", hook_account, hook_number)),
      server("127.0.0.1:0", [this](http::ServerRequest request, auto respond) {
          std::string target = request.target;
          listener->handle(std::move(request), std::move(respond));
          handed_over.add(std::move(target));
      })
{
    webhook::ListenerOptions options;
    options.home = workspace;
    options.on_problem = [this](std::string_view problem) { problems.add(std::string(problem)); };
    if (adjust)
        adjust(options);
    if (!secret_of)
        secret_of = [](const Workspace&) { return Secret(std::string(hook_token)); };
    if (forward) {
        forward->home = workspace;
        forward->allow_unsigned = options.allow_unsigned;
        forwarder.emplace(
            location(),
            *std::move(forward),
            secret_of,
            [this](const webhook::ForwardAttempt& attempt) { attempts.add(attempt); },
            options.on_problem,
            clock,
            ending.get_token());
        options.forwarder = &*forwarder;
    }
    listener.emplace(
        location(),
        std::move(options),
        std::move(secret_of),
        [this, also = std::move(on_received)](const webhook::Received& item) {
            if (also)
                also(item);
            received.add(item);
        },
        clock);
    server_thread = std::jthread([this](const std::stop_token& stop) { server.run(stop); });
}

std::string RunningListener::url(std::string_view target) const
{
    return fmt::format("http://{}{}", server.address(), target);
}

void RunningListener::stop()
{
    ending.request_stop();
    server_thread.request_stop();
    server_thread.join();
    listener.reset();
    forwarder.reset();
}

Workspace RunningListener::add_workspace(const std::string& name,
                                         std::string_view account_id,
                                         std::string_view number)
{
    Workspace added;
    added.name = name;
    added.provider = "twilio";
    added.account_id = account_id;
    store::Workspaces(database).add(added, clock.now());
    store::Scope its = database.scope(added);
    sms::Number ours = make_number(std::string(number));
    store::Numbers(its).insert(ours);
    return added;
}

namespace {

std::string text_of(const store::QueryValue& value)
{
    if (const auto* text = std::get_if<std::string>(&value))
        return *text;
    const auto* number = std::get_if<std::int64_t>(&value);
    return number != nullptr ? std::to_string(*number) : "NULL";
}

} // namespace

std::vector<std::vector<std::string>> RunningListener::rows(const std::string& sql) const
{
    std::vector<std::vector<std::string>> texts;
    for (const auto& row : store::query_read_only(location(), sql).rows) {
        texts.emplace_back();
        for (const auto& value : row)
            texts.back().push_back(text_of(value));
    }
    return texts;
}

std::string sid(int number)
{
    return fmt::format("SM{:032x}", number);
}

http::Form inbound_form(std::string_view sid, std::string_view body)
{
    return {{"MessageSid", std::string(sid)},
            {"AccountSid", std::string(hook_account)},
            {"From", "+14155550123"},
            {"To", std::string(hook_number)},
            {"Body", std::string(body)},
            {"NumMedia", "0"},
            {"NumSegments", "1"},
            {"SmsStatus", "received"}};
}

http::Form status_form(std::string_view sid, std::string_view status)
{
    return {{"MessageSid", std::string(sid)},
            {"AccountSid", std::string(hook_account)},
            {"From", std::string(hook_number)},
            {"To", "+14155550123"},
            {"MessageStatus", std::string(status)},
            {"SmsStatus", std::string(status)}};
}

http::Request form_post(const std::string& url,
                        const http::Form& form,
                        std::string_view token,
                        const std::string& signed_url)
{
    http::Request request;
    request.method = "POST";
    request.url = url;
    request.headers = {{"Content-Type", "application/x-www-form-urlencoded; charset=UTF-8"}};
    request.body = http::encode_form(form);
    request.timeout = patience;
    if (!token.empty())
        request.headers.emplace_back(
            "X-Twilio-Signature",
            providers::twilio::sign(signed_url.empty() ? url : signed_url, form, token));
    return request;
}

http::Response answer_to(const http::Request& request)
{
    http::Result result = http::Client("test").perform(request);
    if (auto* response = std::get_if<http::Response>(&result))
        return std::move(*response);
    throw std::runtime_error(std::get<http::TransportError>(result).message);
}

int post(const http::Request& request)
{
    return answer_to(request).status;
}

} // namespace smsctl::test
