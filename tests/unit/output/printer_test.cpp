#include "output/printer.hpp"
#include "support/fake_clock.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cerrno>
#include <sstream>
#include <streambuf>

using namespace smsctl;
using namespace smsctl::output;

namespace {

Record message(const std::string& body, const std::string& status = "delivered")
{
    sms::Message stored;
    stored.id = "msg_1";
    stored.to = "+15550100";
    stored.body = body;
    stored.status = sms::parse_status(status).value();
    stored.media = {{"https://example.com/a.png", ""}};
    stored.created_at = Instant(Millis(1'772'446'272'345));
    return message_record(stored, "prod");
}

std::string print(const PrinterOptions& options, Shape shape, const std::vector<Record>& records)
{
    std::ostringstream out;
    Printer printer(out,
                    options,
                    shape,
                    "message",
                    {{"id", "ID"}, {"status", "STATUS"}, {"created_at", "WHEN"}, {"body", "BODY"}});
    for (const Record& record : records)
        printer.print(record);
    printer.finish();
    return out.str();
}

PrinterOptions with(Format format, std::vector<std::string> fields = {"id", "body"})
{
    PrinterOptions options;
    options.format = format;
    options.fields = std::move(fields);
    return options;
}

/// A stdout whose reader has gone, or whose disk is full.
class Broken : public std::streambuf {
public:
    explicit Broken(int reason) : m_reason(reason) {}

protected:
    std::streamsize xsputn(const char* /*text*/, std::streamsize /*size*/) override
    {
        errno = m_reason;
        return 0;
    }
    int overflow(int /*c*/) override
    {
        errno = m_reason;
        return traits_type::eof();
    }

private:
    int m_reason;
};

} // namespace

TEST_CASE("each format prints none, one and two records in its way")
{
    struct Case {
        const char* name;
        Format format;
        Shape shape;
        std::size_t count;
        std::string want;
    };
    const std::string a = R"({"id":"msg_1","body":"a"})";
    const auto c = GENERATE_COPY(values<Case>({
        {"jsonl none", Format::jsonl, Shape::many, 0, ""},
        {"jsonl two", Format::jsonl, Shape::many, 2, a + "\n" + a + "\n"},
        {"json none", Format::json, Shape::many, 0, "[]\n"},
        {"json one of many", Format::json, Shape::many, 1, "[" + a + "]\n"},
        {"json two", Format::json, Shape::many, 2, "[" + a + ",\n" + a + "]\n"},
        {"json one", Format::json, Shape::one, 1, a + "\n"},
        {"csv none", Format::csv, Shape::many, 0, "id,body\r\n"},
        {"csv two", Format::csv, Shape::many, 2, "id,body\r\nmsg_1,a\r\nmsg_1,a\r\n"},
        {"tsv one", Format::tsv, Shape::stream, 1, "id\tbody\nmsg_1\ta\n"},
        {"table none", Format::table, Shape::many, 0, ""},
        {"table one", Format::table, Shape::many, 1, "ID     BODY\nmsg_1  a\n"},
    }));
    DYNAMIC_SECTION(c.name)
    {
        CHECK(print(with(c.format), c.shape, std::vector<Record>(c.count, message("a"))) == c.want);
    }
}

TEST_CASE("cells keep a spreadsheet and a line-based reader safe")
{
    struct Case {
        const char* name;
        Format format;
        std::string body;
        std::string want;
    };
    const auto c = GENERATE(values<Case>({
        {"formula", Format::csv, "=HYPERLINK(1)", "'=HYPERLINK(1)"},
        {"plus formula", Format::csv, "+1+cmd", "'+1+cmd"},
        {"minus formula", Format::csv, "-2+3", "'-2+3"},
        {"at", Format::csv, "@SUM(A1)", "'@SUM(A1)"},
        {"tab", Format::csv, "\tx", "'\tx"},
        {"E.164", Format::csv, "+15550100", "+15550100"},
        {"negative amount", Format::csv, "-0.5", "-0.5"},
        {"comma", Format::csv, "a,b", "\"a,b\""},
        {"quote", Format::csv, "a\"b", "\"a\"\"b\""},
        {"newline", Format::csv, "a\nb", "\"a\nb\""},
        {"formula with quote", Format::csv, "=\"x\"", "\"'=\"\"x\"\"\""},
        {"tsv", Format::tsv, "a\tb\nc\rd\\e", "a\\tb\\nc\\rd\\\\e"},
        {"tsv formula stays", Format::tsv, "=1", "=1"},
    }));
    DYNAMIC_SECTION(c.name)
    {
        const std::string end = c.format == Format::csv ? "\r\n" : "\n";
        CHECK(print(with(c.format, {"body"}), Shape::many, {message(c.body)}) ==
              "body" + end + c.want + end);
    }
}

TEST_CASE("nested values are compact JSON in cells, and paths reach inside")
{
    CHECK(print(with(Format::tsv, {"media", "error", "error.code"}), Shape::many, {message("a")}) ==
          "media\terror\terror.code\n"
          "[{\"url\":\"https://example.com/"
          "a.png\",\"content_type\":null,\"path\":null,\"error\":null}]\t\t\n");
    CHECK(print(with(Format::jsonl, {"error.code"}), Shape::many, {message("a")}) ==
          "{\"error.code\":null}\n");
}

TEST_CASE("a table on a terminal is relative, coloured and cut to its width")
{
    PrinterOptions options;
    options.format = Format::table;
    options.terminal = true;
    options.colour = true;
    options.width = 40;
    test::FakeClock clock; // starts when the message was made
    options.clock = &clock;
    clock.step(std::chrono::minutes(2));
    const std::string text = print(
        options, Shape::many, {message("one two three four five"), message("日本", "failed")});
    CHECK(text == "\x1b[1mID     STATUS     WHEN    BODY\x1b[0m\n"
                  "msg_1  \x1b[32mdelivered  \x1b[0m2m ago  one two three…\n"
                  "msg_1  \x1b[31mfailed     \x1b[0m2m ago  日本\n");
}

TEST_CASE("a moment ago and a moment to come are now")
{
    PrinterOptions options = with(Format::table, {"created_at"});
    options.terminal = true;
    const Instant made(Millis(1'772'446'272'345));
    const auto [shift, want] = GENERATE(table<int, const char*>(
        {{0, "now"}, {999, "now"}, {-999, "now"}, {1000, "1s ago"}, {-1000, "in 1s"}}));
    const test::FakeClock clock(made + Millis(shift));
    options.clock = &clock;
    CHECK(print(options, Shape::many, {message("a")}) == fmt::format("CREATED AT\n{}\n", want));
}

TEST_CASE("a table too wide for the terminal loses empty columns, then the ends of the widest")
{
    PrinterOptions options = with(Format::table, {"id", "to", "key", "status", "body"});
    options.terminal = true;
    const auto [width, want] = GENERATE(
        table<int, const char*>({{55,
                                  "ID     TO         KEY  STATUS     BODY\n"
                                  "msg_1  +15550100       delivered  01234567890123456789…\n"},
                                 {43,
                                  "ID     TO         STATUS     BODY\n"
                                  "msg_1  +15550100  delivered  0123456789012…\n"},
                                 {10,
                                  "ID     TO         STATUS     BODY\n"
                                  "msg_1  +15550100  delivered  012345678…\n"}}));
    options.width = width;
    CHECK(print(options, Shape::many, {message("01234567890123456789012345")}) == want);

    options.fields = {"conversation", "to", "id", "status"};
    options.width = 54;
    Record record = message("a");
    record["conversation"] = "conv_01m7yn95rx5rdjmtf3zce9mvvd";
    record["id"] = "msg_01m7yn95rxjqz93bay1dkf3862";
    CHECK(print(options, Shape::many, {record}) ==
          "CONVERSATION     TO         ID               STATUS\n"
          "conv_01m7yn95r…  +15550100  msg_01m7yn95rx…  delivered\n");
}

TEST_CASE("a table in a pipe is exact and whole")
{
    PrinterOptions options;
    options.format = Format::table;
    options.width = 20;
    const std::string text = print(options, Shape::many, {message(std::string(100, 'x'))});
    CHECK_THAT(text,
               Catch::Contains("2026-03-02T10:11:12.345Z") &&
                   Catch::Contains(std::string(100, 'x')));
}

TEST_CASE("one record in a table is field by field")
{
    const std::string text = print(with(Format::table), Shape::one, {message("a\nb")});
    CHECK(text == "id:    msg_1\nbody:  a\\nb\n");
}

TEST_CASE("one record in a table has of its counts those that count something")
{
    Record batch;
    batch["object"] = "batch";
    batch["rows"] = 0;
    batch["counts"] = {{"planned", 0}, {"queued", 2}};
    batch["account"] = {{"id", "AC1"}, {"balance", 0}};
    const std::string text = print(with(Format::table, {}), Shape::one, {batch});
    CHECK_THAT(text, Catch::Contains("counts.queued:") && !Catch::Contains("counts.planned"));
    CHECK_THAT(text, Catch::Contains("account.balance:") && Catch::Contains("rows:"));
    CHECK_THAT(print(with(Format::json, {}), Shape::one, {batch}),
               Catch::Contains("\"planned\":0"));
}

TEST_CASE("what a stranger wrote cannot act on a terminal, in any format")
{
    const std::string evil = "\x1b[2J\xc2\x9b\xe2\x80\xae";
    for (const Format format :
         {Format::table, Format::json, Format::jsonl, Format::csv, Format::tsv}) {
        PrinterOptions options = with(format, {"body"});
        options.terminal = true;
        const std::string text = print(options, Shape::many, {message(evil)});
        CHECK(text.find('\x1b') == std::string::npos);
        CHECK(text.find("\xc2\x9b") == std::string::npos);
        CHECK(text.find("\xe2\x80\xae") == std::string::npos);
    }
    PrinterOptions options;
    options.print_template = "{{body}}";
    options.terminal = true;
    CHECK(print(options, Shape::many, {message(evil)}) == "\\x1b[2J\\u009b\\u202e\n");
    options.terminal = false;
    CHECK(print(options, Shape::many, {message(evil)}) == evil + "\n");
}

TEST_CASE("JSON on a terminal says the same as in a pipe")
{
    PrinterOptions options;
    options.terminal = true;
    const Record record = message("\x7f \xe2\x80\xae ✓");
    CHECK(Record::parse(print(options, Shape::many, {record})) == record);
}

TEST_CASE("visible shows controls and leaves emoji alone")
{
    struct Case {
        const char* name;
        std::string text;
        std::string want;
    };
    const auto c = GENERATE(values<Case>({
        {"plain", "Grüße ✓", "Grüße ✓"},
        {"escape", "\x1b[31m", "\\x1b[31m"},
        {"lines", "a\r\n\tb", "a\\r\\n\\tb"},
        {"delete", "\x7f", "\\x7f"},
        {"C1", "\xc2\x85", "\\u0085"},
        {"bidi isolate", "\xe2\x81\xa6", "\\u2066"},
        {"line separator", "\xe2\x80\xa8", "\\u2028"},
        {"family emoji", "👨‍👩‍👧", "👨‍👩‍👧"},
        {"bad byte", "a\xff", "a\\xff"},
    }));
    DYNAMIC_SECTION(c.name)
    {
        CHECK(visible(c.text) == c.want);
    }
}

TEST_CASE("a closing record of another object follows in JSON and stays out of CSV")
{
    Summary summary;
    summary.kind = "reconcile";
    const std::vector<Record> records{message("a"), summary_record(summary, "prod")};
    CHECK_THAT(print(with(Format::jsonl, {"id", "object"}), Shape::many, records),
               Catch::EndsWith("{\"object\":\"summary\"}\n"));
    CHECK(print(with(Format::csv), Shape::many, records) == "id,body\r\nmsg_1,a\r\n");
    CHECK_THAT(print(with(Format::table, {}), Shape::many, records),
               Catch::Contains("kind:           reconcile\n"));
}

TEST_CASE("--quiet counts and prints nothing")
{
    std::ostringstream out;
    PrinterOptions options;
    options.muted = true;
    Printer printer(out, options, Shape::many, "message", {});
    printer.print(message("a"));
    printer.finish();
    CHECK(out.str().empty());
    CHECK(printer.count() == 1);
}

TEST_CASE("a reader that left is a broken pipe, a full disk an error")
{
    Broken pipe(EPIPE);
    std::ostream gone(&pipe);
    Printer printer(gone, {}, Shape::many, "message", {});
    CHECK_THROWS_AS(printer.print(message("a")), BrokenPipe);
    Broken disk(ENOSPC);
    std::ostream full(&disk);
    Printer other(full, {}, Shape::many, "message", {});
    CHECK_THROWS_AS(other.print(message("a")), Error);
}

TEST_CASE("unknown fields and templates are refused before anything is printed")
{
    std::ostringstream out;
    CHECK_THROWS_AS(Printer(out, with(Format::csv, {"sid"}), Shape::many, "message", {}), Error);
    PrinterOptions options;
    for (const char* text : {"{{sid}}", "{{", "{{ }}", "{{id"}) {
        options.print_template = text;
        CHECK_THROWS_AS(Printer(out, options, Shape::many, "message", {}), Error);
    }
}
