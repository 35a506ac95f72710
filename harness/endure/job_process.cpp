// SPDX-License-Identifier: Apache-2.0
#include "harness/endure/job_process.hpp"

#include "harness/util/timing.hpp"
#include "results/files/lock_owner.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>
#include <thread>

namespace plumbline::endure {

namespace {

/// In the child: the program, in place of this one.
[[noreturn]] void become(char* const* arguments, char* const* environment, int out, pid_t parent)
{
    constexpr int cannot_run = 127;
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent) {
        ::_exit(cannot_run);
    }
    ::setpgid(0, 0);  // a Ctrl-C comes from this program alone
    for (const int signal : {SIGINT, SIGTERM, SIGUSR1, SIGPIPE, SIGXFSZ}) {
        ::signal(signal, SIG_DFL);
    }
    const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (nothing < 0 || ::dup2(nothing, STDIN_FILENO) < 0 || ::dup2(out, STDOUT_FILENO) < 0 ||
        ::dup2(out, STDERR_FILENO) < 0) {
        ::_exit(cannot_run);
    }
    ::execvpe(arguments[0], arguments, environment);
    ::_exit(cannot_run);
}

/// Ends with a null; refers to `texts`.
std::vector<char*> c_strings(std::vector<std::string>& texts)
{
    std::vector<char*> pointers;
    for (std::string& text : texts) {
        pointers.push_back(text.data());
    }
    pointers.push_back(nullptr);
    return pointers;
}

/// Children of this process, orphans that became its own too.
std::vector<pid_t> children()
{
    std::vector<pid_t> found;
    std::ifstream in(fmt::format("/proc/self/task/{}/children", ::getpid()));
    for (pid_t pid = 0; in >> pid;) {
        found.push_back(pid);
    }
    return found;
}

void pause_a_moment()
{
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
}

}  // namespace

JobProcess::JobProcess(const std::vector<std::string>& words, const std::vector<std::string>& environment)
{
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    std::vector<std::string> kept = words;
    const std::vector<char*> arguments = c_strings(kept);
    std::vector<std::string> variables = environment;  // the first of two values counts
    for (char** entry = ::environ; *entry != nullptr; ++entry) {
        variables.emplace_back(*entry);
    }
    const std::vector<char*> variable_pointers = c_strings(variables);
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        throw std::system_error(errno, std::generic_category(), "a pipe");
    }
    const pid_t parent = ::getpid();
    pid_ = ::fork();
    if (pid_ == 0) {
        become(arguments.data(), variable_pointers.data(), ends[1], parent);
    }
    const int error = errno;
    ::close(ends[1]);
    if (pid_ < 0) {
        ::close(ends[0]);
        throw std::system_error(error, std::generic_category(), "starting " + words.front());
    }
    output_ = ends[0];
    ::fcntl(output_, F_SETFL, O_NONBLOCK);
}

JobProcess::~JobProcess()
{
    end(0);
    ::close(output_);
}

std::vector<std::string> JobProcess::read_lines()
{
    constexpr std::size_t longest = 65'536;
    std::vector<std::string> lines;
    std::array<char, 16'384> more{};
    for (ssize_t got = 0; (got = ::read(output_, more.data(), more.size())) > 0;) {
        line_.append(more.data(), static_cast<std::size_t>(got));
        for (std::size_t end = 0; (end = line_.find('\n')) != std::string::npos;) {
            lines.push_back(line_.substr(0, end));
            line_.erase(0, end + 1);
        }
        if (line_.size() > longest) {
            line_.clear();
        }
    }
    return lines;
}

std::optional<int> JobProcess::status()
{
    int status = 0;
    if (!status_ && ::waitpid(pid_, &status, WNOHANG) == pid_) {
        status_ = status;
    }
    return status_;
}

void JobProcess::signal(int signal) const
{
    if (!status_) {
        ::kill(pid_, signal);
    }
}

void JobProcess::end(double patience_s)
{
    signal(SIGTERM);
    const double until = steady_now_s() + patience_s;
    while (!status() && steady_now_s() < until) {
        read_lines();  // who writes into a full pipe doesn't end
        pause_a_moment();
    }
    if (!status_) {
        ::kill(-pid_, SIGKILL);
        ::kill(pid_, SIGKILL);
        while (!status()) {
            pause_a_moment();
        }
    }
    // Whoever it left behind is a child of this process now, and its children will be.
    for (auto left = children(); !left.empty(); left = children()) {
        for (const pid_t pid : left) {
            ::kill(pid, SIGKILL);
        }
        while (::waitpid(-1, nullptr, WNOHANG) > 0) {
        }
        pause_a_moment();
    }
}

std::string process_name(pid_t pid)
{
    const auto facts = files::process_facts(pid);
    return facts.exists && facts.started_ticks ? fmt::format("{} {}", pid, *facts.started_ticks) : "";
}

void end_former_job(const std::string& process_name)
{
    std::istringstream in(process_name);
    pid_t pid = 0;
    std::uint64_t started = 0;
    if (!(in >> pid >> started) || pid <= 1) {
        return;
    }
    const auto is_there = [&] {
        const auto facts = files::process_facts(pid);
        return facts.exists && facts.started_ticks == started;
    };
    constexpr double patience_s = 10;
    const double until = steady_now_s() + patience_s;
    while (is_there() && steady_now_s() < until) {  // the kernel has told it to end already
        pause_a_moment();
    }
    while (is_there()) {
        ::kill(-pid, SIGKILL);
        ::kill(pid, SIGKILL);
        pause_a_moment();
    }
}

std::optional<std::string> found_program(const std::string& word)
{
    const auto usable = [](const std::filesystem::path& path) {
        std::error_code error;
        return std::filesystem::is_regular_file(path, error) && ::access(path.c_str(), X_OK) == 0;
    };
    if (word.find('/') != std::string::npos) {
        return usable(word) ? std::optional(word) : std::nullopt;
    }
    const char* const path = std::getenv("PATH");
    std::istringstream folders(path == nullptr ? "/usr/bin:/bin" : path);
    for (std::string folder; std::getline(folders, folder, ':');) {
        const auto candidate = std::filesystem::path(folder.empty() ? "." : folder) / word;
        if (usable(candidate)) {
            return candidate.string();
        }
    }
    return std::nullopt;
}

}  // namespace plumbline::endure
