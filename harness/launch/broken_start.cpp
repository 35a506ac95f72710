// SPDX-License-Identifier: Apache-2.0
#include "harness/launch/broken_start.hpp"

#include <sys/syscall.h>
#include <unistd.h>
#include <atomic>
#include <cstdlib>
#include <string_view>

namespace plumbline::app {

namespace {

// What runs at the end of a process can reach nothing but a static variable.
std::atomic<bool> starting{false};

/// The status to end with; says why where MPI_Init is what ends the process.
int status_at_end(int status)
{
    if (!starting) {
        return status;
    }
    constexpr std::string_view sentence =
        "plumbline: MPI could not start and ended the process (its own lines say why). Check the launcher and its "
        "options\n";
    const auto ignored = ::write(STDERR_FILENO, sentence.data(), sentence.size());
    static_cast<void>(ignored);
    constexpr int broken = 5;
    return broken;
}

void end_of_a_broken_start()
{
    if (starting) {
        ::syscall(SYS_exit_group, status_at_end(0));
    }
}

}  // namespace

BrokenStartGuard::BrokenStartGuard()
{
    static const int registered = std::atexit(end_of_a_broken_start);
    static_cast<void>(registered);
    starting = true;
}

BrokenStartGuard::~BrokenStartGuard()
{
    starting = false;
}

/// For the one definition of _exit() below.
int status_at_end_of_process(int status)
{
    return status_at_end(status);
}

}  // namespace plumbline::app

/// Open MPI leaves a start that failed by _exit(1): this definition goes before the C library's.
extern "C" void _exit(int status)
{
    ::syscall(SYS_exit_group, plumbline::app::status_at_end_of_process(status));
    __builtin_unreachable();
}
