#include "templates/recipients.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <random>
#include <sstream>
#include <string>
#include <vector>

using namespace smsctl;
using templates::Input;
using templates::Known;
using templates::Recipients;
using templates::RecipientsOptions;
using templates::Step;

namespace {

/// Everything a list says, as lines: "2@2 a|b" for a row, "3@4 code" for a problem.
std::vector<std::string> read(const std::string& text, RecipientsOptions options = {})
{
    std::istringstream in(text);
    Recipients list(in, std::move(options));
    std::vector<std::string> lines;
    while (true) {
        const Step step = list.next();
        if (step == Step::end)
            return lines;
        if (step == Step::row) {
            std::vector<std::string> values;
            for (std::size_t i = 0; i < list.columns().size(); ++i)
                values.emplace_back(list.value(i));
            lines.push_back(
                fmt::format("{}@{} {}", list.record(), list.line(), fmt::join(values, "|")));
            continue;
        }
        const templates::Problem& problem = list.problem();
        CHECK_FALSE(problem.message.empty());
        lines.push_back(fmt::format("{}@{} {}", problem.record, problem.line, problem.code));
        if (step == Step::broken) {
            CHECK(list.next() == Step::broken);
            return lines;
        }
    }
}

using Lines = std::vector<std::string>;

std::string utf16(const std::u16string& text, bool big_endian)
{
    std::string bytes;
    for (const char16_t unit : u"\uFEFF" + text) {
        const char high = static_cast<char>(unit >> 8U);
        const char low = static_cast<char>(unit & 0xFFU);
        bytes += big_endian ? high : low;
        bytes += big_endian ? low : high;
    }
    return bytes;
}

struct Row {
    std::string name;
    std::string text;
    Lines wanted;
};

} // namespace

TEST_CASE("a CSV is read as RFC 4180 has it")
{
    const std::vector<Row> rows{
        {"plain", "to,name\n1,Ann\n2,Bo\n", {"2@2 1|Ann", "3@3 2|Bo"}},
        {"quoted line ends count",
         "to,name\n\"1\n\n\",\"a\r\nb\"\n2,Bo",
         {"2@2 1\n\n|a\r\nb", "3@6 2|Bo"}},
        {"CR alone ends lines", "to,name\r1,Ann\r\r2,Bo\r", {"2@2 1|Ann", "3@4 2|Bo"}},
        {"blank lines are skipped", "\n \t\r\nto,name\n\n  \n1,Ann\n\n", {"2@6 1|Ann"}},
        {"blanks around fields without quotes", "to , name\n 1 ,\" Ann \"\n", {"2@2 1| Ann "}},
        {"doubled quotes", "to,name\n1,\"\"\"A\"\" \"\"\"\n", {"2@2 1|\"A\" \""}},
        {"empty fields", "to,name,x\n,,\n", {"2@2 ||"}},
        {"one column", "to\n1\n\n2", {"2@2 1", "3@4 2"}},
        {"columns without a name", "to,,\n1,2,3\n", {"2@2 1|2|3"}},
        {"ragged rows",
         "to,name\n1\n2,Bo,x\n3,Cy\n",
         {"2@2 too_few_fields", "3@3 too_many_fields", "4@4 3|Cy"}},
        {"a quote in a field without",
         "to,name\n1,5\" pipe\n2,Bo\n",
         {"2@2 stray_quote", "3@3 2|Bo"}},
        {"a stray quote and a quoted field that may go on",
         "to,name,x\n1,5\" pipe, \"see\n2,Bo,3\n\"\n",
         {"2@2 stray_quote"}},
        {"a stray quote behind a quoted field",
         "to,name,x\n\"1\",\"A\",5\" pipe\n2,Bo,3\n",
         {"2@2 stray_quote", "3@3 2|Bo|3"}},
        {"text after a closing quote",
         "to,name\n1,Ann\n2,\"B\"o\n3,Cy\n",
         {"2@2 1|Ann", "3@3 stray_quote"}},
        {"a quote that is never closed",
         "to,name\n1,Ann\n2,\"Bo\n3,Cy\n",
         {"2@2 1|Ann", "3@3 unterminated_quote"}},
        {"a NUL", std::string("to,name\n1,A\0n\n2,Bo\n", 18), {"2@2 nul_byte", "3@3 2|Bo"}},
        {"other bytes", "to,name\n1,Jos\xE9\n2,Bo\n", {"2@2 invalid_encoding", "3@3 2|Bo"}},
        {"no line end", "to,name\n1,", {"2@2 1|"}},
        {"only blanks behind", "to\n1\n   ", {"2@2 1"}}};
    for (const Row& row : rows) {
        INFO(row.name);
        CHECK(read(row.text) == row.wanted);
    }
}

TEST_CASE("the delimiter is the one that makes sense of the header")
{
    const std::vector<Row> rows{
        {"semicolons", "to;name\n1;a,b\n", {"2@2 1|a,b"}},
        {"tabs", "to\tname\n1\ta,b\n", {"2@2 1|a,b"}},
        {"more commas inside quotes", "\"a,b,c\";to\n1;2\n", {"2@2 1|2"}},
        {"fewer columns, but the recipients'", "to;a,b,c\n1;2\n", {"2@2 1|2"}},
        {"an empty first cell behind a tab", "x\tto\n\t1\n", {"2@2 |1"}},
        {"named above the header", "sep=;\r\nto;a,b\r\n1;2\r\n", {"2@3 1|2"}},
        {"named in quotes", "\"sep=|\"\nto|a,b,c\n1|2\n", {"2@3 1|2"}},
        {"named as a tab", "SEP=\t\nto\ta\n1\t2\n", {"2@3 1|2"}},
        {"named, and nothing else", "sep=;\n", {"0@0 no_recipients"}},
        {"what only looks like it", "sep=;to\n1;2\n", {"2@2 1|2"}}};
    for (const Row& row : rows) {
        INFO(row.name);
        CHECK(read(row.text) == row.wanted);
    }
    CHECK(read("to;a\tb\n1;2\t3\n", {.input = Input::tsv, .to_column = "to;a"}) ==
          Lines{"2@2 1;2|3"});
    CHECK(read("to;a\n1;2\n", {.input = Input::csv}) == Lines{"2@2 1|2"});
    CHECK(read("a\tto,b\n1\t2,3\n", {.file_name = "LIST.TSV", .to_column = "a"}) ==
          Lines{"2@2 1|2,3"});
}

TEST_CASE("a list that cannot be used ends at once with the reason")
{
    const std::vector<Row> rows{
        {"empty", "", {"0@0 no_recipients"}},
        {"blank lines", "\n\n", {"0@0 no_recipients"}},
        {"only a header", "to,name\n\n", {"0@0 no_recipients"}},
        {"no recipients' column", "name,phone\nAnn,1\n", {"0@0 no_phone_column"}},
        {"no header", "+14155550111,Ann\n", {"0@0 missing_header"}},
        {"the same column twice", "to,name,name\n1,2,3\n", {"0@0 duplicate_column"}},
        {"the same in other letters", "to,TO\n1,2\n", {"0@0 duplicate_column"}},
        {"a header that is not UTF-8", "to,pr\xE9nom\n1,2\n", {"1@1 invalid_encoding"}},
        {"UTF-16 without a mark", std::string("t\0o\0\n\0", 6), {"1@1 nul_byte"}},
        {"an open quote in the header", "\n\"to,name\n1,2\n", {"1@2 unterminated_quote"}},
        {"a stray quote in the header", "t\"o\",name\n1,2\n", {"1@1 stray_quote"}}};
    for (const Row& row : rows) {
        INFO(row.name);
        CHECK(read(row.text, {.region = "US"}) == row.wanted);
    }
}

TEST_CASE("the column that was probably meant is named")
{
    std::istringstream in("Name;Mobile No;Order number\nAnn;1;2\n");
    Recipients list(in, {});
    CHECK_FALSE(list.open());
    CHECK_FALSE(list.open());
    CHECK(list.next() == Step::broken);
    CHECK_THAT(list.problem().text(),
               Catch::Contains("no column is called 'to'") &&
                   Catch::Contains("Name, Mobile No, Order number"));
    CHECK_THAT(list.problem().hint, Catch::Contains("--to-column 'Mobile No'"));
}

TEST_CASE("columns are found by name, those that mean something in any case")
{
    std::istringstream in("Phone,BODY,Name,key\n1,b,Ann,k\n");
    Recipients list(in, {.to_column = "phone"});
    REQUIRE(list.open());
    CHECK(list.column("Name") == 2U);
    CHECK_FALSE(list.column("name"));
    CHECK(list.column("body") == 1U);
    CHECK(list.column(Known::to) == 0U);
    CHECK(list.column(Known::body) == 1U);
    CHECK(list.column(Known::key) == 3U);
    CHECK_FALSE(list.column(Known::from));
    CHECK_FALSE(list.is_json());
    REQUIRE(list.next() == Step::row);
    CHECK(list.to() == "1");
    CHECK(list.value(2) == "Ann");
    CHECK(list.value(9).empty());
    CHECK(list.raw() == "1,b,Ann,k");
    CHECK(list.raw_header() == "Phone,BODY,Name,key");
    CHECK(list.next() == Step::end);
    CHECK(list.next() == Step::end);
}

TEST_CASE("a rejected row can be had as it was")
{
    std::istringstream in("to,name\r\n1,\"a\nb\",c\r\n2,Bo\r\n");
    Recipients list(in, {});
    CHECK(list.next() == Step::bad_row);
    CHECK(list.problem().text() == "record 2 (line 2): it has 3 fields, the header 2");
    CHECK(list.raw() == "1,\"a\nb\",c");
    CHECK(list.raw_header() == "to,name");
    CHECK(list.next() == Step::row);
    CHECK(list.raw() == "2,Bo");

    std::istringstream named("sep=|\r\nto|name\r\n1\r\n");
    Recipients with_separator(named, {});
    CHECK(with_separator.next() == Step::bad_row);
    CHECK(with_separator.raw_header() == "sep=|\nto|name");
}

TEST_CASE("marked UTF-16 is read, whichever way its bytes stand")
{
    for (const bool big_endian : {false, true}) {
        CHECK(read(utf16(u"to\tname\r\n1\t\u0141uk \U0001F600\r\n2\t\u738B", big_endian)) ==
              Lines{"2@2 1|Łuk 😀", "3@3 2|王"});
        const std::string cut = utf16(u"to,name\n1,Ann\n2,Bo\n", big_endian) + "x";
        CHECK(read(cut) == Lines{"2@2 1|Ann", "3@3 2|Bo", "4@4 invalid_encoding"});
        CHECK(read(utf16(u"to,name\n1,A\xD800n\n2,\xDC00\n3,Cy\n", big_endian)) ==
              Lines{"2@2 invalid_encoding", "3@3 invalid_encoding", "4@4 3|Cy"});
        CHECK(read(utf16(u"to\n1\xD83D", big_endian)) == Lines{"2@2 invalid_encoding"});
    }
}

TEST_CASE("JSON Lines are read an object a line")
{
    const std::vector<Row> rows{
        {"texts", R"({"to":"1","name":"Zo\u00eb"})", {"1@1 1|Zoë"}},
        {"numbers as they are written",
         R"({"to":14155550100,"a":-5,"b":1.50,"c":1.5551234567E+10})",
         {"1@1 14155550100|-5|1.50|1.5551234567E+10"}},
        {"truth and nothing", R"({"to":"1","a":true,"b":false,"c":null})", {"1@1 1|true|false|"}},
        {"a null recipient", R"({"to":null})", {"1@1 "}},
        {"blank lines, CRLF, another order",
         "{\"to\":\"1\",\"a\":\"2\"}\r\n\r\n {\"a\":\"3\",\"to\":\"4\"}\n",
         {"1@1 1|2", "2@3 4|3"}},
        {"keys come and go",
         "{\"to\":\"1\"}\n{\"TO\":\"2\",\"a\":\"x\"}\n{\"to\":\"3\"}",
         {"1@1 1", "2@2 2|x", "3@3 3|"}},
        {"nested values",
         "{\"to\":\"1\",\"a\":[1]}\n{\"to\":\"2\",\"a\":{}}\n",
         {"1@1 nested_value", "2@2 nested_value"}},
        {"a key twice",
         "{\"to\":\"1\",\"to\":\"2\"}\n{\"a\":1,\"To\":2,\"to\":3}\n",
         {"1@1 duplicate_key", "2@2 duplicate_key"}},
        {"no JSON",
         "{\"to\":\"1\"}\n{\"to\":}\n{\"to\":\"3\"\n{\"to\":\"4\"} x\n",
         {"1@1 1", "2@2 bad_json", "3@3 bad_json", "4@4 bad_json"}},
        {"no object",
         "{\"to\":\"1\"}\n[]\n7\n\"x\"\nnull\n",
         {"1@1 1",
          "2@2 not_an_object",
          "3@3 not_an_object",
          "4@4 not_an_object",
          "5@5 not_an_object"}},
        {"a NUL that is written", R"({"to":"1\u0000"})", {"1@1 nul_byte"}},
        {"half a character that is written", R"({"to":"\ud800"})", {"1@1 bad_json"}},
        {"other bytes", "{\"to\":\"\xE9\"}", {"1@1 invalid_encoding"}},
        {"another key for the recipients", R"({"phone":"1"})", {"0@0 no_phone_column"}}};
    for (const Row& row : rows) {
        INFO(row.name);
        CHECK(read(row.text) == row.wanted);
    }
    CHECK(read("\xEF\xBB\xBF"
               R"({"phone":"1"})",
               {.to_column = "Phone"}) == Lines{"1@1 1"});
    CHECK(read("[{\"to\":1}]", {.file_name = "a.ndjson"}) == Lines{"1@1 not_an_object"});
    CHECK(read("[\n {\"to\":1}\n]") == Lines{"1@1 not_an_object", "2@2 1", "3@3 bad_json"});
    CHECK(read("", {.input = Input::jsonl}) == Lines{"0@0 no_recipients"});
}

TEST_CASE("fields of JSON Lines can be asked for before they come")
{
    std::istringstream in("{\"to\":\"1\"}\n{\"to\":\"2\",\"late\":\"x\",\"BODY\":\"b\"}\n");
    Recipients list(in, {});
    REQUIRE(list.open());
    CHECK(list.is_json());
    const std::size_t late = *list.column("late");
    const std::size_t body = *list.column(Known::body);
    REQUIRE(list.next() == Step::row);
    CHECK(list.value(late).empty());
    REQUIRE(list.next() == Step::row);
    CHECK(list.value(late) == "x");
    CHECK(list.value(body) == "b");
    CHECK(list.raw_header().empty());
}

TEST_CASE("what was asked for is not taken for what the first object has")
{
    std::istringstream in("{\"phone\":\"1\"}\n");
    Recipients list(in, {});
    REQUIRE(list.open());
    list.column(Known::to);
    list.column("name");
    REQUIRE(list.next() == Step::broken);
    CHECK(list.problem().message == "no column is called 'to'; there are: phone");
}

TEST_CASE("a record may be long, but not without end")
{
    const std::string long_text(900'000, 'a');
    CHECK(read("to,x\n1," + long_text + "\n2,\"" + long_text + "\"\n") ==
          Lines{"2@2 1|" + long_text, "3@3 2|" + long_text});
    CHECK(read("{\"to\":\"" + long_text + "\"}\n") == Lines{"1@1 " + long_text});
    const std::string endless(1'200'000, 'a');
    CHECK(read("to,x\n1,a\n2,\"" + endless) == Lines{"2@2 1|a", "3@3 record_too_long"});
    CHECK(read("to,x\n1,a\"" + endless) == Lines{"2@2 record_too_long"});
    CHECK(read("to,\"" + endless) == Lines{"0@1 record_too_long"});
    CHECK(read("{\"to\":\"" + endless) == Lines{"1@1 record_too_long"});
}

TEST_CASE("the buffer's end changes nothing, wherever it falls")
{
    // Rows of every length, so that each kind of line end comes to lie on a multiple of 64 KiB.
    std::string text = "to\tname\r\n";
    Lines wanted;
    std::size_t line = 2;
    for (std::size_t i = 0; i < 12000; ++i) {
        const std::string name(i % 37, 'x');
        text += fmt::format("\t\"{}\r\n{}\"\r\n", name, i);
        wanted.push_back(fmt::format("{}@{} |{}\r\n{}", i + 2, line, name, i));
        line += 2;
    }
    CHECK(read(text) == wanted);
    for (std::size_t shift = 0; shift < 8; ++shift) {
        const std::string name(65536 - 12 + shift, 'x');
        const Lines rows{"2@2 1|" + name, "3@3 |2"};
        for (const std::string end : {"\n", "\r", "\r\n"})
            CHECK(read("to\tn" + end + "1\t" + name + end + "\t2" + end) == rows);
        std::u16string wide(name.begin(), name.end());
        CHECK(read(utf16(u"to\tn\r\n1\t" + wide + u"\U0001F600\r\n\t2", false)) ==
              Lines{"2@2 1|" + name + "😀", "3@3 |2"});
    }
}

TEST_CASE("no bytes crash the reader")
{
    std::mt19937 random(20240612); // NOLINT: the same bytes in every run
    const std::string alphabet =
        "to,;\t\"\"\"\n\r\r\n{}[]:1a \\\xC3\xA9\xFF\xFE" + std::string(1, '\0');
    const std::vector<std::string> starts{
        "", "to,a\n", "to;a\n", "{\"to\":1}\n", "\xFF\xFE", "\xFE\xFF", "\xEF\xBB\xBF"};
    std::size_t row_count = 0;
    for (int i = 0; i < 20000; ++i) {
        std::string text = starts[random() % starts.size()];
        for (std::size_t size = random() % 64; size > 0; --size)
            text += alphabet[random() % alphabet.size()];
        for (const std::string& line : read(text))
            row_count += line.find('|') != std::string::npos ? 1 : 0;
    }
    CHECK(row_count > 100);
}
