// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline::app {

/// A program to run beside this one.
struct ChildProgram {
    std::vector<std::string> arguments;    ///< the program's path first
    std::vector<std::string> environment;  ///< "NAME=VALUE", beside this process's
    std::string prefix;                    ///< before each line that it writes; "" = none
    // NOLINTNEXTLINE(readability-redundant-member-init): designated initialisers may leave it out
    std::string member = {};  ///< into a line that is a JSON object, in place of the prefix: "\"rank\":3"
    /// Its standard input: these lines, and signals as lines "signal N", until this process ends; nothing at all
    /// without.
    std::optional<std::string> input;
};

/// A line of a program as it comes out, with who said it. Pure.
std::string marked_line(std::string_view line, const std::string& prefix, const std::string& member);

/// How one ended.
struct ChildEnd {
    int status = 0;  ///< of exit(); 128 + signal where one ended it
};

/// Programs that live no longer than this process: each gets SIGKILL from the kernel when it ends. What they write
/// comes out line by line. Used by one thread.
class ChildProcesses {
public:
    ChildProcesses(std::ostream& out, std::ostream& err);
    /// Ends, with SIGKILL, and waits for those that still run.
    ~ChildProcesses();
    ChildProcesses(const ChildProcesses&) = delete;
    ChildProcesses& operator=(const ChildProcesses&) = delete;

    /// Throws std::system_error where no process can be made; a program that can't be run ends with 127.
    void start(const ChildProgram& program);

    /// Waits until all have ended, passing on what they write. `seen_signal` is asked between polls: a signal to pass
    /// on once, 0 for none. `from_input`, where given, gets each line of this process's own standard input, and nothing
    /// at its end; after that end, and `patience` after the first one ended badly (`is_bad`), the others get SIGTERM,
    /// and SIGKILL 10 s later. In order of start().
    std::vector<ChildEnd> wait(const std::function<int()>& seen_signal,
                               const std::function<void(std::optional<std::string_view>)>& from_input,
                               const std::function<bool(int status)>& is_bad, std::chrono::seconds patience);

    /// To all that run: as a line where they take lines, else as the signal.
    void pass_on(int signal);

private:
    struct Child;
    struct Stream;
    void pass_lines(Stream& stream, std::ostream& to, const Child& from);
    void reap();
    bool any_left() const;
    void poll_once(bool& input_open, const std::function<void(std::optional<std::string_view>)>& from_input);
    void end_all(int signal);

    std::ostream& out_;
    std::ostream& err_;
    std::vector<Child> children_;
    std::string input_;  ///< of this process, an unfinished line
};

}  // namespace plumbline::app
