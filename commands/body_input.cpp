#include "commands/body_input.hpp"

#include "core/error.hpp"

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <fstream>
#include <istream>

namespace smsctl {

namespace {

std::string read_all(std::istream& in)
{
    std::string body;
    std::array<char, 4096> chunk{};
    while (in.read(chunk.data(), chunk.size()) || in.gcount() > 0)
        body.append(chunk.data(), static_cast<std::size_t>(in.gcount()));
    if (in.bad())
        throw usage_error(
            "usage.body", "the text cannot be read", "give it with --message, or in a pipe");
    if (body.ends_with('\n'))
        body.pop_back();
    if (body.ends_with('\r'))
        body.pop_back();
    return body;
}

} // namespace

std::string read_body(const BodyInput& input, bool may_be_empty, Streams& streams)
{
    if (input.text && !input.file.empty())
        throw usage_error(
            "usage.body", "--message and --body-file both give a text", "keep one of them");
    if (input.text)
        return *input.text;
    if (input.file.empty() && may_be_empty)
        return {};
    if (input.file.empty() && streams.in_is_terminal)
        throw usage_error(
            "usage.body", "no text was given", "use --message TEXT, --body-file FILE, or a pipe");
    if (input.file.empty() || input.file == "-")
        return read_all(streams.in);
    std::ifstream file(input.file, std::ios::binary);
    if (!file || file.peek() == std::ifstream::traits_type::eof())
        throw usage_error("usage.body_file",
                          fmt::format("{} cannot be read, or is empty", input.file),
                          "give a file that holds the text");
    return read_all(file);
}

} // namespace smsctl
