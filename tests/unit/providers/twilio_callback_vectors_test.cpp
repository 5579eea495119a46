#include "core/crypto.hpp"
#include "providers/twilio/callback.hpp"
#include "support/vectors.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

using namespace smsctl;
using namespace smsctl::providers;
using nlohmann::json;

namespace {

const twilio::Callbacks callbacks;

/// One request of a vector case, as the listener would hand it on.
WebhookRequest request_of(const json& request, const json& signing)
{
    WebhookRequest made;
    made.method = request.at("method").get<std::string>();
    made.urls = {signing.at("url").at(request.at("kind").get<std::string>()).get<std::string>()};
    made.headers.emplace_back("Content-Type", request.at("content_type").get<std::string>());
    const json headers = request.value("headers", json::object());
    for (const auto& [name, value] : headers.items())
        made.headers.emplace_back(name, value.get<std::string>());
    made.body = test::read_file(test::vectors_folder() / "webhooks" /
                                request.at("body_file").get<std::string>());
    return made;
}

std::string text_or_empty(const json& object, const char* name)
{
    return object.contains(name) && object.at(name).is_string() ? object.at(name).get<std::string>()
                                                                : std::string();
}

void check_body(const json& expected, const std::string& body)
{
    if (expected.is_string()) {
        // An overlong sequence may become any number of U+FFFD.
        const bool replaced = body.find("\uFFFD") != std::string::npos;
        CHECK((body == expected.get<std::string>() || replaced));
        return;
    }
    CHECK(crypto::hex(crypto::sha256(body)) == expected.at("sha256").get<std::string>());
}

void check_inbound(const json& expected, const InboundMessage& message)
{
    CHECK(message.provider_id == text_or_empty(expected, "sid"));
    CHECK(message.account_id == text_or_empty(expected, "account_sid"));
    CHECK(message.from == text_or_empty(expected, "from"));
    CHECK(message.to == text_or_empty(expected, "to"));
    CHECK(message.messaging_service_id == text_or_empty(expected, "messaging_service_sid"));
    check_body(expected.at("body"), message.body);
    REQUIRE(message.media.size() == expected.at("media").size());
    for (std::size_t i = 0; i < message.media.size(); ++i) {
        CHECK(message.media[i].url == expected.at("media").at(i).at("url").get<std::string>());
        CHECK(message.media[i].content_type ==
              text_or_empty(expected.at("media").at(i), "content_type"));
    }
}

bool answers(const json& statuses, int status)
{
    return std::find(statuses.begin(), statuses.end(), status) != statuses.end();
}

/// Whether refusing with `status` is the first choice of the case or one of its alternatives.
bool may_refuse(const json& wanted, const json& request, int status)
{
    if (answers(request.at("expect").at("http_status"), status))
        return true;
    const json alternatives = wanted.value("alternatives", json::array());
    return std::any_of(alternatives.begin(), alternatives.end(), [&](const json& alternative) {
        return answers(alternative.at("http_status"), status);
    });
}

void check_request(const json& wanted, const json& request, const WebhookContent& content)
{
    if (const auto* refused = std::get_if<Unreadable>(&content)) {
        INFO(refused->reason);
        CHECK_FALSE(refused->reason.empty());
        CHECK(may_refuse(wanted, request, refused->http_status));
    } else if (const auto* report = std::get_if<StatusReport>(&content)) {
        CHECK(request.at("kind") == "status");
        CHECK(report->status_word == http::first(http::decode_form(test::read_file(
                                                     test::vectors_folder() / "webhooks" /
                                                     request.at("body_file").get<std::string>())),
                                                 "MessageStatus"));
        for (const json& message : wanted.at("after").at("messages"))
            if (report->failure && message.contains("error_code"))
                CHECK(report->failure->code == message.at("error_code").get<std::string>());
    } else {
        const auto& message = std::get<InboundMessage>(content);
        CHECK(request.at("kind") == "inbound");
        const json& rows = wanted.at("after").at("messages");
        if (request == wanted.at("requests").front() && !rows.empty())
            check_inbound(rows.front(), message);
        const json& contacts = wanted.at("after").at("contacts");
        for (const json& contact : contacts)
            if (contact.contains("name"))
                CHECK(message.profile_name == contact.at("name").get<std::string>());
    }
}

} // namespace

TEST_CASE("every webhook body of the vectors is read as it should be", "[vectors]")
{
    const std::filesystem::path folder = test::vectors_folder() / "webhooks";
    const json signing = json::parse(test::read_file(folder / "signing.json"));
    const Secret token(signing.at("auth_token").get<std::string>());
    std::size_t cases = 0;
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        if (entry.path().string().ends_with(".expected.json"))
            files.push_back(entry.path());
    for (const auto& file : files) {
        ++cases;
        const json wanted = json::parse(test::read_file(file));
        INFO(wanted.at("id").get<std::string>() << ": " << wanted.at("what").get<std::string>());
        for (const json& request : wanted.at("requests")) {
            const WebhookRequest made = request_of(request, signing);
            if (callbacks.is_signed(made)) {
                const bool forged =
                    wanted.value("requires", "") == "signature checking switched on";
                CHECK(callbacks.signature_problem(made, token).empty() != forged);
            }
            check_request(wanted, request, callbacks.read(made));
        }
    }
    CHECK(cases >= 1);
}
