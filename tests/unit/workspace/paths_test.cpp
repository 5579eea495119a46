#include "core/error.hpp"
#include "support/env_var.hpp"
#include "support/errors.hpp"
#include "workspace/paths.hpp"

#include <catch2/catch.hpp>

using namespace smsctl;
using test::EnvVar;

TEST_CASE("files are kept where XDG says, else below HOME")
{
    const EnvVar home("HOME", "/home/ann");
    const EnvVar key("SMSCTL_KEY_FILE", std::nullopt);
    SECTION("variables set")
    {
        const EnvVar data("XDG_DATA_HOME", "/data");
        const EnvVar config("XDG_CONFIG_HOME", "/config");
        CHECK(paths::default_database() == "/data/smsctl/smsctl.db");
        CHECK(paths::key_file() == "/config/smsctl/key");
        const EnvVar chosen("SMSCTL_KEY_FILE", "own/key");
        CHECK(paths::key_file() == "own/key");
    }
    SECTION("unset, empty or relative, which XDG ignores")
    {
        const auto value = GENERATE(as<std::optional<std::string>>(), std::nullopt, "", "relative");
        const EnvVar data("XDG_DATA_HOME", value);
        const EnvVar config("XDG_CONFIG_HOME", value);
        CHECK(paths::default_database() == "/home/ann/.local/share/smsctl/smsctl.db");
        CHECK(paths::key_file() == "/home/ann/.config/smsctl/key");
    }
}

TEST_CASE("without a home there is no default path")
{
    const EnvVar home("HOME", std::nullopt);
    const EnvVar data("XDG_DATA_HOME", std::nullopt);
    CHECK(test::error_of([] { paths::default_database(); }).code() == "usage.no_home");
}
