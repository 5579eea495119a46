#include "core/error.hpp"
#include "support/env_var.hpp"
#include "support/errors.hpp"
#include "support/processes.hpp"
#include "support/temp_dir.hpp"
#include "workspace/secrets.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

namespace fs = std::filesystem;
using namespace smsctl;
using secrets::Credential;
using secrets::KeyFile;
using secrets::Kind;
using test::error_of;
using test::TempDir;

namespace {

const std::string token = "9f8e7d6c5b4a39281706f5e4d3c2b1a0";

void write(const fs::path& path, const std::string& text)
{
    std::ofstream(path, std::ios::binary) << text;
}

/// The words as `Credential::value` keeps them.
Credential command(const std::string& text)
{
    std::string lines;
    for (const std::string& word : secrets::split_command(text))
        lines += (lines.empty() ? "" : "\n") + word;
    return {Kind::cmd, lines};
}

std::string text_of(const Error& error)
{
    return error.code() + error.what() + error.hint();
}

} // namespace

TEST_CASE("a sealed credential opens for its purpose and with its key alone")
{
    const TempDir folder;
    const fs::path path = folder / "config/smsctl/key";
    const KeyFile key(path);
    const Credential sealed = key.seal("prod/api", Secret(token));
    CHECK(sealed.kind == Kind::sealed);
    CHECK(sealed.value.find(token) == std::string::npos);
    CHECK(key.open("prod/api", sealed).reveal() == token);
    CHECK(fs::file_size(path) == 32);
    CHECK(fs::status(path).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
    CHECK(fs::status(path.parent_path()).permissions() == fs::perms::owner_all);
    CHECK(std::distance(fs::directory_iterator(path.parent_path()), {}) == 1);
    SECTION("another purpose")
    {
        CHECK(error_of([&] { (void)key.open("test/api", sealed); }).code() ==
              "auth.secret_unreadable");
    }
    SECTION("another key")
    {
        fs::remove(path);
        (void)key.seal("x", Secret("y"));
        const Error error = error_of([&] { (void)key.open("prod/api", sealed); });
        CHECK(error.code() == "auth.secret_unreadable");
        CHECK(error.exit() == Exit::auth);
        CHECK_THAT(error.what(), Catch::Contains(path.string()));
    }
    SECTION("no key")
    {
        fs::remove(path);
        CHECK(error_of([&] { (void)key.open("prod/api", sealed); }).code() ==
              "auth.secret_unreadable");
        CHECK_FALSE(fs::exists(path));
    }
    SECTION("changed bytes")
    {
        Credential changed = sealed;
        changed.value.back() = static_cast<char>(changed.value.back() ^ 1);
        CHECK(error_of([&] { (void)key.open("prod/api", changed); }).exit() == Exit::auth);
    }
}

TEST_CASE("a key file of another size is refused and kept")
{
    const TempDir folder;
    const auto size = GENERATE(0, 31, 33, 4096);
    write(folder / "key", std::string(static_cast<std::size_t>(size), 'k'));
    fs::permissions(folder / "key", fs::perms(0600));
    const Error error = error_of([&] { (void)KeyFile(folder / "key").seal("a", Secret(token)); });
    CHECK(error.code() == "auth.key_file");
    CHECK(error.exit() == Exit::auth);
    CHECK(fs::file_size(folder / "key") == static_cast<std::uintmax_t>(size));
    CHECK(text_of(error).find("kkkk") == std::string::npos);
}

TEST_CASE("a key file that others may read is narrowed")
{
    const TempDir folder;
    write(folder / "key", std::string(32, 'k'));
    fs::permissions(folder / "key", fs::perms(0644));
    (void)KeyFile(folder / "key").seal("a", Secret(token));
    CHECK(fs::status(folder / "key").permissions() == fs::perms(0600));
}

TEST_CASE("a key that is no file is refused")
{
    const TempDir folder;
    CHECK(error_of([&] { (void)KeyFile(folder.path()).seal("a", Secret(token)); }).code() ==
          "auth.key_file");
}

TEST_CASE("processes that need a key at once agree on one")
{
    const TempDir folder;
    const int failed = test::in_processes(8, [&](int number) {
        const Credential sealed = KeyFile(folder / "key").seal("a", Secret(token));
        write(folder / ("sealed" + std::to_string(number)), sealed.value);
    });
    CHECK(failed == 0);
    for (int number = 0; number < 8; ++number) {
        std::ifstream in(folder / ("sealed" + std::to_string(number)), std::ios::binary);
        const std::string sealed{std::istreambuf_iterator<char>(in), {}};
        CHECK(KeyFile(folder / "key").open("a", {Kind::sealed, sealed}).reveal() == token);
    }
    CHECK(std::distance(fs::directory_iterator(folder.path()), {}) == 9);
}

TEST_CASE("a reference is read at each use")
{
    const TempDir folder;
    const KeyFile key(folder / "key");
    const std::string path = (folder / "token").string();
    SECTION("a variable")
    {
        const test::EnvVar variable("SMSCTL_TEST_TOKEN", " " + token + "\nrest");
        CHECK(key.open("a", {Kind::env, "SMSCTL_TEST_TOKEN"}).reveal() == token);
    }
    SECTION("a file's first line")
    {
        write(path, token + "\r\nsecond line\n");
        CHECK(key.open("a", {Kind::file, path}).reveal() == token);
        write(path, "another");
        CHECK(key.open("a", {Kind::file, path}).reveal() == "another");
    }
    SECTION("a command's first line, run without a shell")
    {
        CHECK(key.open("a", command("printf '%s\\nsecond' '" + token + "'")).reveal() == token);
        CHECK(key.open("a", command("echo '$HOME;' \"*\"")).reveal() == "$HOME; *");
        CHECK(key.open("a", command("sh -c 'cat; echo end'")).reveal() == "end"); // stdin is empty
    }
    CHECK_FALSE(fs::exists(folder / "key"));
}

TEST_CASE("a reference that gives nothing is named, and never what it gave")
{
    const TempDir folder;
    const KeyFile key(folder / "key");
    write(folder / "empty", "\n" + token);
    const test::EnvVar variable("SMSCTL_TEST_EMPTY", "");
    struct Row {
        Credential credential;
        std::string named;
    };
    for (const Row& row :
         {Row{{Kind::env, "SMSCTL_TEST_UNSET"}, "SMSCTL_TEST_UNSET"},
          Row{{Kind::env, "SMSCTL_TEST_EMPTY"}, "SMSCTL_TEST_EMPTY"},
          Row{{Kind::file, (folder / "missing").string()}, "missing: No such file"},
          Row{{Kind::file, (folder / "empty").string()}, "empty"},
          Row{{Kind::file, folder.path().string()}, folder.path().string()},
          Row{command("/no/such/program " + token), "/no/such/program"},
          Row{command("sh -c 'echo " + token + "; exit 3'"), "exit 3"},
          Row{command("sh -c 'echo " + token + "; kill -9 $$'"), "signal 9"},
          Row{command("true " + token), "true"}}) {
        INFO(row.named);
        const Error error = error_of([&] { (void)key.open("a", row.credential); });
        CHECK(error.code() == "auth.secret_unreadable");
        CHECK(error.exit() == Exit::auth);
        CHECK_THAT(error.what(), Catch::Contains(row.named));
        CHECK(text_of(error).find(token) == std::string::npos);
    }
}

TEST_CASE("a secret is the first line of its text")
{
    CHECK(secrets::from_text("  abc \r\nrest").reveal() == "abc");
    for (const char* const empty : {"", " \t\r\n", "\nabc"})
        CHECK(error_of([&] { (void)secrets::from_text(empty); }).code() == "usage.empty_secret");
}

TEST_CASE("a command is split as a shell would, and nothing is expanded")
{
    using Words = std::vector<std::string>;
    struct Row {
        const char* text;
        Words words;
    };
    for (const Row& row :
         {Row{"pass show sms/token", {"pass", "show", "sms/token"}},
          Row{"  a \t b\n c ", {"a", "b", "c"}},
          Row{"a 'b c' \"d e\"", {"a", "b c", "d e"}},
          Row{"a'b'\"c\"d", {"abcd"}},
          Row{"a '' \"\"", {"a", "", ""}},
          Row{"a b\\ c \\'", {"a", "b c", "'"}},
          Row{R"(a '\n' "\"\\\$\`\n")", {"a", "\\n", "\"\\$`\\n"}},
          Row{"a $HOME *.txt ~ ; | #", {"a", "$HOME", "*.txt", "~", ";", "|", "#"}}}) {
        INFO(row.text);
        CHECK(secrets::split_command(row.text) == row.words);
    }
    for (const char* const bad : {"", "   ", "a 'b", "a \"b", "a \\", "'' a", "a 'b\nc'"}) {
        INFO(bad);
        CHECK(error_of([&] { secrets::split_command(bad); }).code() == "usage.secret_cmd");
    }
}
