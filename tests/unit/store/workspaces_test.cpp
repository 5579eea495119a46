#include "core/error.hpp"
#include "store/workspaces.hpp"
#include "support/builders.hpp"
#include "support/errors.hpp"

#include <catch2/catch.hpp>

using namespace smsctl;
using test::error_of;
using test::noon;
using test::TestStore;

namespace {

std::vector<std::string> names(const std::vector<Workspace>& workspaces)
{
    std::vector<std::string> names;
    for (const Workspace& workspace : workspaces)
        names.push_back(workspace.name);
    return names;
}

} // namespace

TEST_CASE("the first workspace is the default until another is chosen")
{
    TestStore store("one");
    const Workspace two = store.add_workspace("two");
    store::Workspaces workspaces(store.database);
    CHECK(store.workspace.is_default);
    CHECK_FALSE(two.is_default);
    CHECK(workspaces.find_default()->name == "one");
    workspaces.make_default(two);
    CHECK(workspaces.find_default()->name == "two");
    CHECK(names(workspaces.list()) == std::vector<std::string>{"one", "two"});
}

TEST_CASE("a name is one workspace's only")
{
    TestStore store;
    const Error error = error_of([&] { store.add_workspace("prod"); });
    CHECK(error.code() == "usage.workspace_exists");
    CHECK(error.exit() == Exit::usage);
    CHECK(store::Workspaces(store.database).list().size() == 1);
}

TEST_CASE("a workspace is found by name or id, with its settings")
{
    TestStore store;
    store::Workspaces workspaces(store.database);
    Workspace changed = store.workspace;
    changed.settings = {{"region", "de"}, {"from", "+49\"'\\ü"}};
    changed.api_key_id = "SK1";
    workspaces.update(changed);
    for (const std::string& reference : {std::string("prod"), changed.id}) {
        const auto found = workspaces.find(reference);
        REQUIRE(found);
        CHECK(found->settings == changed.settings);
        CHECK(found->api_key_id == "SK1");
        CHECK(found->created_at == noon);
    }
    CHECK_FALSE(workspaces.find("PROD"));
    changed.row = 99;
    CHECK(error_of([&] { workspaces.update(changed); }).exit() == Exit::not_found);
}

TEST_CASE("the ambient workspace of an account is made once and never takes a name or the default")
{
    TestStore store("env");
    store::Workspaces workspaces(store.database);
    const auto ambient = workspaces.ambient("twilio", "AC1", noon);
    CHECK(ambient.ambient);
    CHECK_FALSE(ambient.is_default);
    CHECK(workspaces.ambient("twilio", "AC1", noon).row == ambient.row);
    CHECK(workspaces.ambient("twilio", "AC2", noon).row != ambient.row);
    CHECK(workspaces.find("env")->row == store.workspace.row);
    CHECK(workspaces.find(ambient.id)->row == ambient.row);
}

TEST_CASE("credentials are kept byte by byte, one for each purpose")
{
    TestStore store;
    store::Workspaces workspaces(store.database);
    using store::Purpose;
    const std::string sealed("\0\xff' \n", 5);
    CHECK_FALSE(workspaces.credential(store.workspace, Purpose::api));
    workspaces.set_credential(store.workspace, Purpose::api, {secrets::Kind::sealed, "old"});
    workspaces.set_credential(store.workspace, Purpose::api, {secrets::Kind::sealed, sealed});
    workspaces.set_credential(store.workspace, Purpose::webhook, {secrets::Kind::cmd, "pass\nx"});
    CHECK(workspaces.credential(store.workspace, Purpose::api)->value == sealed);
    CHECK(workspaces.credential(store.workspace, Purpose::webhook)->kind == secrets::Kind::cmd);
    workspaces.remove_credential(store.workspace, Purpose::api);
    CHECK_FALSE(workspaces.credential(store.workspace, Purpose::api));
    CHECK(workspaces.credential(store.workspace, Purpose::webhook)->value == "pass\nx");
}

TEST_CASE("who owns a number or holds a message is known across workspaces, the default first")
{
    TestStore store("b");
    const Workspace a = store.add_workspace("a");
    store::Scope other = store.database.scope(a);
    for (store::Scope* const scope : {&store.scope, &other}) {
        sms::Number number = test::make_number();
        store::Numbers(*scope).insert(number);
        sms::Message message = test::make_message();
        message.provider_id = "SM1";
        test::store_message(*scope, message);
    }
    store::Workspaces workspaces(store.database);
    CHECK(names(workspaces.owning(test::our_number)) == std::vector<std::string>{"b", "a"});
    CHECK(names(workspaces.holding("SM1")) == std::vector<std::string>{"b", "a"});
    CHECK(names(workspaces.of_account(a.account_id)) == std::vector<std::string>{"a"});
    CHECK(workspaces.owning("+1").empty());
    CHECK(workspaces.holding("SM2").empty());
    sms::Number gone = *store::Numbers(other).by_address(test::our_number);
    gone.active = false;
    store::Numbers(other).update(gone);
    CHECK(names(workspaces.owning(test::our_number)) == std::vector<std::string>{"b"});
}
