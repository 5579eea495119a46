#include "commands/cli.hpp"

#include <csignal>
#include <fcntl.h>
#include <iostream>
#include <string_view>
#include <unistd.h>

namespace {

/// A standard stream that the caller closed must not become the number of a database or a socket.
/// Reading finds an end; writing fails as it would have.
void fill_closed_streams()
{
    for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; ++stream)
        if (::fcntl(stream, F_GETFD) < 0)
            ::open("/dev/null", O_RDONLY);
}

} // namespace

int main(int argc, char** argv)
{
    std::signal(SIGPIPE, SIG_IGN); // a reader that leaves is no error
    fill_closed_streams();
    // Before the tree is built: scripts ask for the version all the time.
    if (argc == 2 && std::string_view(argv[1]) == "--version") {
        const std::string_view line = smsctl::version_line();
        if (::write(STDOUT_FILENO, line.data(), line.size()) >= 0)
            return 0;
    }
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
