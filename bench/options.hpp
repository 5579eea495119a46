#pragma once

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>

namespace bench {

/// A command line of `--name VALUE` pairs; ends the program when it is anything else.
class Options {
public:
    Options(int argc, char** argv, std::initializer_list<std::string_view> names)
    {
        for (int i = 1; i < argc; i += 2) {
            const bool known = std::find(names.begin(), names.end(), argv[i]) != names.end();
            if (!known || i + 1 == argc)
                refuse(argv[i], known ? "has no value" : "is unknown");
            m_values[argv[i]] = argv[i + 1];
        }
    }

    std::string text(const std::string& name, const std::string& usual) const
    {
        const auto found = m_values.find(name);
        return found == m_values.end() ? usual : found->second;
    }
    /// A whole number of 0 or more.
    long number(const std::string& name, long usual) const
    {
        const std::string digits = text(name, std::to_string(usual));
        long value = 0;
        const char* const end = digits.data() + digits.size();
        const auto [stopped, problem] = std::from_chars(digits.data(), end, value);
        if (problem != std::errc() || stopped != end || value < 0)
            refuse(name, "takes a whole number");
        return value;
    }
    /// One of `choices`; the first of them when nothing is said.
    std::string choice(const std::string& name, std::initializer_list<const char*> choices) const
    {
        const std::string chosen = text(name, *choices.begin());
        if (std::find(choices.begin(), choices.end(), chosen) == choices.end())
            refuse(name, ("does not know " + chosen).c_str());
        return chosen;
    }

private:
    [[noreturn]] static void refuse(const std::string& name, const char* why)
    {
        std::fprintf(stderr, "%s %s\n", name.c_str(), why);
        std::exit(2);
    }

    std::map<std::string, std::string> m_values;
};

} // namespace bench
