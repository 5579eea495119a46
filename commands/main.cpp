#include "commands/cli.hpp"

#include <csignal>
#include <iostream>
#include <string_view>
#include <unistd.h>

int main(int argc, char** argv)
{
    // Before the tree is built: scripts ask for the version all the time.
    if (argc == 2 && std::string_view(argv[1]) == "--version") {
        const std::string_view line = smsctl::version_line();
        return ::write(STDOUT_FILENO, line.data(), line.size()) < 0 ? 1 : 0;
    }
    std::signal(SIGPIPE, SIG_IGN); // a reader that leaves is no error
    std::ios::sync_with_stdio(false);
    smsctl::SystemClock clock;
    const smsctl::Streams streams{std::cin,
                                  std::cout,
                                  std::cerr,
                                  ::isatty(STDIN_FILENO) != 0,
                                  ::isatty(STDOUT_FILENO) != 0,
                                  ::isatty(STDERR_FILENO) != 0};
    return smsctl::run_cli({argv + 1, argv + argc}, streams, clock);
}
