#include "phone/e164.hpp"
#include "support/vectors.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <string>

using namespace smsctl;

namespace {

/// Empty when `verdict` is what `expected` asks for, else what is wrong.
std::string difference(const phone::AddressVerdict& verdict, const nlohmann::json& expected)
{
    const std::string wanted = expected.at("verdict");
    if (wanted == "accept" && !verdict.address)
        return "refused: " + verdict.reason;
    if (wanted == "reject" && verdict.address)
        return "accepted as " + verdict.address->text;
    if (verdict.address && verdict.address->text != expected.at("address"))
        return "read as " + verdict.address->text;
    if (!verdict.address && verdict.reason.empty())
        return "refused without a reason";
    return {};
}

} // namespace

TEST_CASE("every published phone number gets the verdict of a good tool", "[vectors]")
{
    const nlohmann::json vectors = test::read_vectors("phones.json");
    std::size_t checked = 0;
    for (const auto& vector : vectors) {
        const std::string input = vector.at("input");
        const std::string region = vector.at("default_region");
        const nlohmann::json& tool = vector.at("tool");
        INFO(vector.at("id").get<std::string>() << " \"" << input << "\" in " << region);
        CHECK(difference(phone::recipient(input, region), tool.at("as_recipient")) == "");
        CHECK(difference(phone::sender(input, region), tool.at("as_sender")) == "");
        ++checked;
    }
    CHECK(checked == vectors.size());
    CHECK(checked > 0);
}
