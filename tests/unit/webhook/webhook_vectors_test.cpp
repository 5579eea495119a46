#include "core/crypto.hpp"
#include "providers/twilio/signature.hpp"
#include "store/conversations.hpp"
#include "store/messages.hpp"
#include "store/opt_outs.hpp"
#include "support/builders.hpp"
#include "support/vectors.hpp"
#include "unit/webhook/running_listener.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

// tests/vectors/webhooks: bodies as Twilio sends them and as it does not, through a running
// listener. Signatures are computed anew, since the listener serves another URL than the vectors'
// authors'.

using namespace smsctl;
using nlohmann::json;

namespace {

std::string text_of(const json& value)
{
    return value.is_string() ? value.get<std::string>() : std::string();
}

std::vector<std::filesystem::path> cases()
{
    std::vector<std::filesystem::path> files;
    for (const auto& entry :
         std::filesystem::directory_iterator(test::vectors_folder() / "webhooks"))
        if (entry.path().string().ends_with(".expected.json"))
            files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
}

void store_outbound(store::Scope& scope, const json& row)
{
    sms::Message message = test::make_message("before");
    message.from = row.at("from");
    message.to = row.at("to");
    message.status = *sms::parse_status(row.at("status").get<std::string>());
    message.provider_id = row.at("sid");
    test::store_message(scope, message);
}

void prepare(test::RunningListener& running, const json& before)
{
    store::Scope scope = running.scope();
    const Instant now = running.clock.now();
    store::Transaction transaction = scope.begin();
    for (const json& row : before.value("messages", json::array()))
        store_outbound(scope, row);
    for (const json& row : before.value("contacts", json::array())) {
        const std::string address = row.at("address");
        store::Contacts(scope).find_or_create(address, "", now);
        if (row.value("opted_out", false))
            store::OptOuts(scope).add(address, test::hook_number, "STOP", now);
    }
    transaction.commit();
}

int send(test::RunningListener& running, const json& request)
{
    http::Request post;
    post.method = request.at("method");
    post.url = running.url();
    post.body = test::read_file(test::vectors_folder() / "webhooks" /
                                request.at("body_file").get<std::string>());
    post.timeout = test::patience;
    if (request.at("content_type").is_string())
        post.headers.emplace_back("Content-Type", request.at("content_type").get<std::string>());
    const json headers = request.value("headers", json::object());
    const std::string given = headers.value("X-Twilio-Signature", "");
    const std::string wrong = "AAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    if (!given.empty())
        post.headers.emplace_back(
            "X-Twilio-Signature",
            given == wrong ? wrong
                           : providers::twilio::sign(
                                 post.url, http::decode_form(post.body), test::hook_token));
    return test::post(post);
}

bool is_body(const json& expected, const std::string& body)
{
    if (!expected.is_object())
        return body == text_of(expected);
    return body.size() == expected.at("length").get<std::size_t>() &&
           crypto::hex(crypto::sha256(body)) == expected.at("sha256").get<std::string>();
}

bool is_message(const json& row, const std::optional<sms::Message>& message)
{
    if (!message)
        return false;
    bool same = word(message->direction) == row.at("direction").get<std::string>() &&
                message->from == text_of(row.at("from")) && message->to == text_of(row.at("to")) &&
                word(message->status) == row.at("status").get<std::string>();
    if (row.contains("body"))
        same = same && is_body(row.at("body"), message->body);
    if (row.contains("error_code"))
        same = same &&
               (message->failure ? message->failure->code : "") == text_of(row.at("error_code"));
    if (row.contains("messaging_service_sid"))
        same = same && message->messaging_service_id == text_of(row.at("messaging_service_sid"));
    if (row.contains("media")) {
        json media = json::array();
        for (const sms::Media& item : message->media)
            media.push_back({{"url", item.url}, {"content_type", item.content_type}});
        same = same && media == row.at("media");
    }
    return same;
}

/// What differs from `after`; empty when the database is just so.
std::string difference(test::RunningListener& running, const json& expected, const json& after)
{
    store::Scope scope = running.scope();
    store::Messages messages(scope);
    const json rows = after.value("messages", json::array());
    if (std::cmp_not_equal(messages.count({}), rows.size()))
        return fmt::format("{} messages instead of {}", messages.count({}), rows.size());
    for (const json& row : rows)
        if (!is_message(row, messages.by_provider_id(row.at("sid").get<std::string>())))
            return "not as expected: " + row.dump();
    for (const json& row : after.value("contacts", json::array())) {
        const std::string address = row.at("address");
        const auto contact = store::Contacts(scope).by_address(address);
        if (!contact)
            return "no contact " + address;
        if (row.contains("name") && row.at("name").is_string() &&
            contact->name != row.at("name").get<std::string>())
            return fmt::format("contact {} is named {}", address, contact->name);
        const auto message = messages.list({});
        const std::string ours =
            message.empty() ? std::string(test::hook_number) : message.front().to;
        if (store::OptOuts(scope).find(address, ours).has_value() != row.value("opted_out", false))
            return "opt-out of " + address;
    }
    // The vectors' outbound messages come without contacts; ours have one each.
    const bool ours_bring_contacts =
        expected.contains("before") && !expected.at("before").at("messages").empty();
    const std::string count = running.value("SELECT count(*) FROM contacts");
    if (!ours_bring_contacts && count != std::to_string(after.at("contacts").size()))
        return count + " contacts";
    if (running.value("SELECT count(*) FROM messages WHERE hex(body) LIKE '%EDA080%'") != "0")
        return "a surrogate in the store";
    return {};
}

bool allows(const json& statuses, int status)
{
    return std::find(statuses.begin(), statuses.end(), status) != statuses.end();
}

void check(const json& expected)
{
    test::RunningListener running(
        [](webhook::ListenerOptions& options) { options.allow_unsigned = true; });
    prepare(running, expected.value("before", json::object()));
    const json& requests = expected.at("requests");
    int last = 0;
    for (std::size_t i = 0; i < requests.size(); ++i) {
        last = send(running, requests[i]);
        INFO("request " << i + 1 << " was answered " << last);
        if (i + 1 < requests.size())
            CHECK(allows(requests[i].at("expect").at("http_status"), last));
    }
    std::string why = allows(requests.back().at("expect").at("http_status"), last)
                          ? difference(running, expected, expected.at("after"))
                          : fmt::format("answered {}", last);
    for (const json& other : expected.value("alternatives", json::array()))
        if (!why.empty() && allows(other.at("http_status"), last) &&
            difference(running, expected, other.at("after")).empty())
            why.clear();
    CHECK(why == "");
    CHECK(running.problems.all().empty());
    // Whatever was answered is in the log.
    CHECK(running.value("SELECT count(*) FROM events WHERE kind <> 'opt_out'") ==
          std::to_string(requests.size()));
}

} // namespace

TEST_CASE("each webhook vector has its status and leaves its rows", "[vectors]")
{
    const auto files = cases();
    REQUIRE_FALSE(files.empty());
    for (const auto& file : files) {
        const json expected = json::parse(test::read_file(file));
        DYNAMIC_SECTION(expected.at("id").get<std::string>()
                        << " " << expected.at("what").get<std::string>())
        {
            check(expected);
        }
    }
}
