// SPDX-License-Identifier: Apache-2.0
#include "harness/app/launch/child_processes.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <ostream>
#include <system_error>
#include <utility>

namespace plumbline::app {

namespace {

using Clock = std::chrono::steady_clock;

void close_fd(int& fd)
{
    if (fd >= 0) {
        ::close(fd);
        fd = -1;
    }
}

std::array<int, 2> make_pipe()
{
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        throw std::system_error(errno, std::generic_category(), "a pipe");
    }
    return ends;
}

/// In the child: the program, in place of this one. What is not async-signal-safe was made before.
[[noreturn]] void become(char* const* arguments, char* const* environment, int in, int out, int err, pid_t parent)
{
    constexpr int cannot_run = 127;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) {
        ::_exit(cannot_run);  // it ended before it could be watched
    }
    ::setpgid(0, 0);  // a Ctrl-C comes from this program alone
    for (const int signal : {SIGINT, SIGTERM, SIGUSR1, SIGPIPE}) {
        ::signal(signal, SIG_DFL);
    }
    if (::dup2(in, STDIN_FILENO) < 0 || ::dup2(out, STDOUT_FILENO) < 0 || ::dup2(err, STDERR_FILENO) < 0) {
        ::_exit(cannot_run);
    }
    ::execvpe(arguments[0], arguments, environment);
    ::_exit(cannot_run);
}

std::vector<char*> pointers(std::vector<std::string>& texts)
{
    std::vector<char*> result;
    result.reserve(texts.size() + 1);
    for (std::string& text : texts) {
        result.push_back(text.data());
    }
    result.push_back(nullptr);
    return result;
}

/// This process's environment with `more` in front: the first of two values counts.
std::vector<std::string> environment_with(const std::vector<std::string>& more)
{
    std::vector<std::string> all = more;
    for (char** entry = ::environ; *entry != nullptr; ++entry) {
        const std::string_view text = *entry;
        const std::string_view name = text.substr(0, text.find('=') + 1);
        const bool replaced =
            std::any_of(more.begin(), more.end(), [&](const std::string& own) { return own.starts_with(name); });
        if (!replaced) {
            all.emplace_back(text);
        }
    }
    return all;
}

}  // namespace

std::string marked_line(std::string_view line, const std::string& prefix, const std::string& member)
{
    const bool is_object = line.starts_with("{\"") && line.ends_with('}');
    return is_object ? fmt::format("{{{}{}{}", member, member.empty() ? "" : ",", line.substr(1))
                     : fmt::format("{}{}", prefix, line);
}

struct ChildProcesses::Stream {
    int fd = -1;
    std::string line;  ///< unfinished
};

struct ChildProcesses::Child {
    pid_t pid = -1;
    Stream out;
    Stream err;
    int in = -1;
    std::string prefix;
    std::string member;
    std::optional<ChildEnd> end;
};

ChildProcesses::ChildProcesses(std::ostream& out, std::ostream& err) : out_(out), err_(err)
{
    ::signal(SIGPIPE, SIG_IGN);  // a child that ended reads no lines
}

ChildProcesses::~ChildProcesses()
{
    end_all(SIGKILL);
    for (Child& child : children_) {
        if (!child.end) {
            ::waitpid(child.pid, nullptr, 0);
        }
        close_fd(child.in);
        close_fd(child.out.fd);
        close_fd(child.err.fd);
    }
}

void ChildProcesses::start(const ChildProgram& program)
{
    std::vector<std::string> arguments = program.arguments;
    std::vector<std::string> environment = environment_with(program.environment);
    const auto argument_pointers = pointers(arguments);
    const auto environment_pointers = pointers(environment);
    auto in = make_pipe();
    auto out = make_pipe();
    auto err = make_pipe();
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid == 0) {
        become(argument_pointers.data(), environment_pointers.data(), in[0], out[1], err[1], parent);
    }
    const int error = errno;
    for (int* const fd : {&in[0], &out[1], &err[1]}) {
        close_fd(*fd);
    }
    if (pid < 0) {
        for (int* const fd : {&in[1], &out[0], &err[0]}) {
            close_fd(*fd);
        }
        throw std::system_error(error, std::generic_category(), "a process");
    }
    ::setpgid(pid, pid);
    Child child;
    child.pid = pid;
    child.out.fd = out[0];
    child.err.fd = err[0];
    child.prefix = program.prefix;
    child.member = program.member;
    if (program.input) {
        child.in = in[1];
        const auto written = ::write(child.in, program.input->data(), program.input->size());
        static_cast<void>(written);  // a child that is gone says so by its end
    } else {
        close_fd(in[1]);
    }
    children_.push_back(std::move(child));
}

void ChildProcesses::pass_on(int signal)
{
    for (const Child& child : children_) {
        if (child.end) {
            continue;
        }
        if (child.in >= 0) {
            const std::string line = fmt::format("signal {}\n", signal);
            const auto written = ::write(child.in, line.data(), line.size());
            static_cast<void>(written);
        } else {
            ::kill(child.pid, signal);
        }
    }
}

void ChildProcesses::end_all(int signal)
{
    for (const Child& child : children_) {
        if (!child.end) {
            ::kill(child.pid, signal);
        }
    }
}

void ChildProcesses::pass_lines(Stream& stream, std::ostream& to, const Child& from)
{
    std::array<char, 65536> bytes{};
    const auto count = ::read(stream.fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) {
        return;
    }
    if (count > 0) {
        stream.line.append(bytes.data(), static_cast<std::size_t>(count));
    }
    const bool ended = count <= 0;
    std::size_t begin = 0;
    for (std::size_t end = stream.line.find('\n'); end != std::string::npos; end = stream.line.find('\n', begin)) {
        to << marked_line(std::string_view(stream.line).substr(begin, end - begin), from.prefix, from.member) << '\n';
        begin = end + 1;
    }
    stream.line.erase(0, begin);
    if (ended) {
        if (!stream.line.empty()) {
            to << marked_line(stream.line, from.prefix, from.member) << '\n';
        }
        close_fd(stream.fd);
    }
    to.flush();
}

void ChildProcesses::reap()
{
    for (Child& child : children_) {
        int status = 0;
        if (!child.end && ::waitpid(child.pid, &status, WNOHANG) == child.pid) {
            constexpr int by_signal = 128;
            child.end = ChildEnd{WIFSIGNALED(status) ? by_signal + WTERMSIG(status) : WEXITSTATUS(status)};
            close_fd(child.in);
        }
    }
}

bool ChildProcesses::any_left() const
{
    return std::any_of(children_.begin(), children_.end(),
                       [](const Child& child) { return !child.end || child.out.fd >= 0 || child.err.fd >= 0; });
}

void ChildProcesses::poll_once(bool& input_open, const std::function<void(std::optional<std::string_view>)>& from_input)
{
    constexpr int look_every_ms = 100;
    std::vector<pollfd> entries;
    std::vector<std::pair<Stream*, const Child*>> streams;
    if (input_open) {
        entries.push_back({.fd = STDIN_FILENO, .events = POLLIN, .revents = 0});
    }
    const std::size_t first = entries.size();
    for (Child& child : children_) {
        for (Stream* const stream : {&child.out, &child.err}) {
            if (stream->fd >= 0) {
                entries.push_back({.fd = stream->fd, .events = POLLIN, .revents = 0});
                streams.emplace_back(stream, &child);
            }
        }
    }
    if (::poll(entries.data(), entries.size(), look_every_ms) <= 0) {
        return;
    }
    for (std::size_t i = 0; i < streams.size(); ++i) {
        if (entries[first + i].revents != 0) {
            const auto& [stream, child] = streams[i];
            pass_lines(*stream, stream == &child->out ? out_ : err_, *child);
        }
    }
    if (input_open && entries.front().revents != 0) {
        std::array<char, 4096> bytes{};
        const auto count = ::read(STDIN_FILENO, bytes.data(), bytes.size());
        if (count <= 0 && errno != EINTR) {
            input_open = false;
            from_input(std::nullopt);
            return;
        }
        input_.append(bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
        for (std::size_t end = input_.find('\n'); end != std::string::npos; end = input_.find('\n')) {
            from_input(std::string_view(input_).substr(0, end));
            input_.erase(0, end + 1);
        }
    }
}

std::vector<ChildEnd> ChildProcesses::wait(const std::function<int()>& seen_signal,
                                           const std::function<void(std::optional<std::string_view>)>& from_input,
                                           const std::function<bool(int status)>& is_bad, std::chrono::seconds patience)
{
    constexpr std::chrono::seconds to_end{10};
    bool input_open = static_cast<bool>(from_input);
    constexpr auto never = Clock::time_point::max();
    auto term_at = never;
    auto kill_at = never;
    while (any_left()) {
        const bool was_open = input_open;
        poll_once(input_open, from_input);
        reap();
        if (const int signal = seen_signal(); signal != 0) {
            pass_on(signal);
        }
        const bool bad = std::any_of(children_.begin(), children_.end(),
                                     [&](const Child& child) { return child.end && is_bad(child.end->status); });
        if (was_open && !input_open) {
            term_at = Clock::now();
        } else if (bad && term_at == never && kill_at == never) {
            term_at = Clock::now() + patience;
        }
        if (Clock::now() >= term_at) {
            pass_on(SIGTERM);
            term_at = never;
            kill_at = Clock::now() + to_end;
        }
        if (Clock::now() >= kill_at) {
            end_all(SIGKILL);
        }
    }
    std::vector<ChildEnd> ends;
    for (const Child& child : children_) {
        ends.push_back(child.end.value_or(ChildEnd{}));
    }
    return ends;
}

}  // namespace plumbline::app
