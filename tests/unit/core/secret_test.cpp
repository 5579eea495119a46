#include "core/secret.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <ostream>
#include <string>
#include <type_traits>
#include <utility>

using namespace smsctl;

namespace {

template <typename T>
concept Streamable = requires(std::ostream& out, const T& value)
{
    out << value;
};

template <typename T>
concept Comparable = requires(const T& left, const T& right)
{
    left == right;
};

} // namespace

static_assert(!Streamable<Secret> && !Comparable<Secret>);
static_assert(!fmt::is_formattable<Secret>::value);
static_assert(!std::is_convertible_v<Secret, std::string>);
static_assert(!std::is_convertible_v<Secret, std::string_view>);
static_assert(!std::is_convertible_v<std::string, Secret>);

TEST_CASE("a secret shows its text only to who asks")
{
    const auto text = GENERATE(std::string("short"), std::string(64, 'x'));
    Secret secret(text);
    CHECK(secret.reveal() == text);
    CHECK_FALSE(secret.empty());
    CHECK(Secret().empty());
}

TEST_CASE("a secret that moved on leaves nothing behind")
{
    const auto text = GENERATE(std::string("short"), std::string(64, 'x'));
    Secret first(text);
    Secret second(std::move(first));
    CHECK(first.empty()); // NOLINT(bugprone-use-after-move): that is the question
    CHECK(second.reveal() == text);
    Secret third("another one");
    third = std::move(second);
    CHECK(second.empty()); // NOLINT(bugprone-use-after-move)
    CHECK(third.reveal() == text);
}

TEST_CASE("a copied secret lives on its own")
{
    Secret copy("old");
    {
        const Secret original("a secret of more than fifteen bytes");
        copy = original;
    }
    CHECK(copy.reveal() == "a secret of more than fifteen bytes");
    const Secret& self = copy;
    copy = self;
    CHECK(copy.reveal() == "a secret of more than fifteen bytes");
}
