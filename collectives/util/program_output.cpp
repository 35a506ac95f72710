// SPDX-License-Identifier: Apache-2.0
#include "collectives/util/program_output.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <iterator>

extern char** environ;

namespace plumbline {
namespace {

constexpr std::size_t most_bytes = 1U << 20U;

double now_s()
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Both ends are closed in programs that are started.
struct Pipe {
    std::array<int, 2> ends{-1, -1};
    Pipe() { static_cast<void>(::pipe2(ends.data(), O_CLOEXEC)); }
    ~Pipe()
    {
        close_end(0);
        close_end(1);
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    void close_end(std::size_t end)
    {
        if (ends.at(end) >= 0) {
            ::close(ends.at(end));
            ends.at(end) = -1;
        }
    }
};

/// Its process; -1 where it can't be started.
pid_t started(std::vector<std::string>& arguments, int standard_output)
{
    posix_spawn_file_actions_t actions;
    if (posix_spawn_file_actions_init(&actions) != 0) {
        return -1;
    }
    std::vector<char*> words;
    std::ranges::transform(arguments, std::back_inserter(words), [](std::string& word) { return word.data(); });
    words.push_back(nullptr);
    pid_t process = -1;
    const bool wired = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0) == 0 &&
                       posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0) == 0 &&
                       posix_spawn_file_actions_adddup2(&actions, standard_output, STDOUT_FILENO) == 0;
    if (!wired || posix_spawn(&process, words.front(), &actions, nullptr, words.data(), environ) != 0) {
        process = -1;
    }
    posix_spawn_file_actions_destroy(&actions);
    return process;
}

/// All that comes until the other end closes; false where that takes until `until_s`, or is too much.
bool read_all(int from, double until_s, std::string& text)
{
    constexpr double millisecond = 1e-3;
    std::array<char, 4096> part{};
    for (;;) {
        const double left_s = until_s - now_s();
        pollfd ready{.fd = from, .events = POLLIN, .revents = 0};
        const int count = left_s <= 0 ? 0 : ::poll(&ready, 1, static_cast<int>(left_s / millisecond) + 1);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        const ssize_t bytes = count > 0 ? ::read(from, part.data(), part.size()) : -1;
        if (bytes <= 0) {
            return bytes == 0;
        }
        text.append(part.data(), static_cast<std::size_t>(bytes));
        if (text.size() > most_bytes) {
            return false;
        }
    }
}

}  // namespace

std::string output_of(std::vector<std::string> arguments, double within_s)
{
    Pipe pipe;
    if (arguments.empty() || pipe.ends[0] < 0) {
        return "";
    }
    const double until_s = now_s() + within_s;
    const pid_t process = started(arguments, pipe.ends[1]);
    if (process < 0) {
        return "";
    }
    pipe.close_end(1);
    std::string text;
    const bool whole = read_all(pipe.ends[0], until_s, text);
    if (!whole) {
        ::kill(process, SIGKILL);
    }
    int status = -1;
    while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
    }
    return whole && WIFEXITED(status) && WEXITSTATUS(status) == 0 ? text : "";
}

}  // namespace plumbline
