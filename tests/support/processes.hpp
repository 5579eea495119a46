#pragma once

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace smsctl::test {

/// Runs `call(number)` in `count` processes that start together; returns how many failed.
template <typename Call>
int in_processes(int count, Call call)
{
    int gate[2] = {-1, -1};
    if (::pipe(gate) != 0)
        return count;
    std::vector<pid_t> children;
    for (int number = 0; number < count; ++number) {
        const pid_t pid = ::fork();
        if (pid == 0) {
            ::alarm(60);
            ::close(gate[1]);
            char byte = 0;
            int status = ::read(gate[0], &byte, 1) == 0 ? 0 : 2; // its end opens the gate
            try {
                call(number);
            } catch (const std::exception& error) {
                std::fprintf(stderr, "process %d: %s\n", number, error.what());
                status = 1;
            }
            std::_Exit(status);
        }
        children.push_back(pid);
    }
    ::close(gate[0]);
    ::close(gate[1]);
    int failed = 0;
    for (const pid_t pid : children) {
        int status = 0;
        ::waitpid(pid, &status, 0);
        failed += status != 0 ? 1 : 0;
    }
    return failed;
}

} // namespace smsctl::test
