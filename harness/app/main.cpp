// SPDX-License-Identifier: Apache-2.0
#include "collectives/util/error.hpp"
#include "collectives/util/error_text.hpp"
#include "harness/app/commands.hpp"
#include "harness/app/language.hpp"
#include "harness/app/options.hpp"
#include "harness/app/output.hpp"
#include "harness/app/run/address_space.hpp"
#include "harness/app/run/signal_word.hpp"
#include "harness/command_line/json_lines.hpp"
#include "harness/command_line/terminal_colours.hpp"
#include "harness/util/build_identity.hpp"

#include <unistd.h>
#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <ctime>
#include <exception>
#include <ios>
#include <iostream>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace {

using namespace plumbline;
using namespace plumbline::app;

// A handler can reach nothing but static variables; they are handed on as a function.
std::atomic<bool> signal_seen{false};
std::atomic<long long> first_signal_ns{0};
std::atomic<int> signal_to_pass_on{0};

/// First signal: end in order. Another one 5 s later or more: the system's own way. Before that it is the same signal
/// over again: Slurm's time limit sends SIGTERM twice within 50 ms, and mpirun passes on what the terminal sent too.
void remember_signal(int signal)
{
    constexpr long long second = 1'000'000'000;
    constexpr long long patience_ns = 5 * second;
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    const long long now_ns = now.tv_sec * second + now.tv_nsec;
    signal_to_pass_on = signal;
    tell_signal_word();
    if (!signal_seen.exchange(true)) {
        first_signal_ns = now_ns;
    } else if (now_ns - first_signal_ns >= patience_ns) {
        std::signal(signal, SIG_DFL);
        static_cast<void>(std::raise(signal));
    }
}

void catch_signals()
{
    struct sigaction action = {};
    action.sa_handler = remember_signal;
    action.sa_flags = SA_RESTART;
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
    // What mpirun forwards to the ranks, and batch systems send before they take the nodes away.
    sigaction(SIGUSR1, &action, nullptr);
}

// The same, of what the present command leaves behind when it breaks.
std::atomic<const char*> left_behind{""};

/// A defect, or memory that ran out inside a library: a sentence and a status, since nothing else would say it. A lock
/// stays: the next writer sees that its process is gone.
void report_crash(int signal)
{
    std::array<char, 300> text{};
    const std::string_view before = "plumbline: broken by signal ";
    const std::string_view after = " (a defect, or memory that ran out). ";
    std::size_t size = before.copy(text.data(), before.size());
    text.at(size++) = static_cast<char>('0' + signal / 10);
    text.at(size++) = static_cast<char>('0' + signal % 10);
    size += after.copy(text.data() + size, after.size());
    const std::string_view left = left_behind.load();
    size += left.copy(text.data() + size, text.size() - size - 1);
    text.at(size++) = '\n';
    const auto ignored = write(STDERR_FILENO, text.data(), size);
    static_cast<void>(ignored);
    _exit(5);
}

/// Not where a sanitizer or a library watches already.
void catch_crashes()
{
    // The stack may be what ran out.
    static std::array<char, 1U << 16U> stack;
    const stack_t own{.ss_sp = stack.data(), .ss_flags = 0, .ss_size = stack.size()};
    sigaltstack(&own, nullptr);
    for (const int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT}) {
        struct sigaction before = {};
        sigaction(signal, nullptr, &before);
        if (before.sa_handler == SIG_DFL) {
            struct sigaction action = {};
            action.sa_handler = report_crash;
            action.sa_flags = SA_ONSTACK;
            sigaction(signal, &action, nullptr);
        }
    }
}

/// In words, since the library's own text names its functions.
Sentence kind_of(const std::logic_error& error)
{
    if (dynamic_cast<const std::out_of_range*>(&error) != nullptr) {
        return say("a position or number out of its range");
    }
    if (dynamic_cast<const std::length_error*>(&error) != nullptr) {
        return say("a size that can't be");
    }
    if (dynamic_cast<const std::invalid_argument*>(&error) != nullptr) {
        return say("a value that is no number");
    }
    return say("a state that can't be");
}

constexpr const char* nothing_written = "No output was written";

std::string build_of_this_program()
{
    const std::string_view commit = build_commit();
    return (commit.empty() ? "built without git" : "commit " + std::string(commit)) + ", " + build_compiler();
}

struct CommandDispatch {
    int operator()(const RunOptions& options) const
    {
        require_address_space(run_address_space);
        left_behind = options.dry_run ? nothing_written : "Rounds that were stored are kept: go on by --resume";
        catch_signals();
        return run_command(options, [] { return signal_seen.load(); });
    }
    int operator()(const DoctorOptions& options) const
    {
        catch_signals();
        return doctor_command(options, [] { return signal_seen.load(); });
    }
    int operator()(const LaunchOptions& options) const
    {
        catch_signals();
        return launch_command(options, [] { return signal_to_pass_on.exchange(0); });
    }
    int operator()(const EndureOptions& options) const
    {
        left_behind = "What was reported is in the journal: go on by endure --resume";
        catch_signals();
        return endure_command(options, [] { return signal_to_pass_on.exchange(0); });
    }
    int operator()(const DiagnoseOptions& options) const { return diagnose_command(options); }
    int operator()(const AdmitOptions& options) const { return admit_command(options); }
    int operator()(const CheckOptions& options) const { return check_command(options); }
    int operator()(const ShowOptions& options) const { return show_command(options); }
    int operator()(const VerifyOptions& options) const { return verify_command(options); }
    int operator()(const SignOptions& options) const { return sign_command(options); }
    int operator()(const AnonymiseOptions& options) const { return anonymise_command(options); }
    int operator()(const ReportOptions& options) const { return report_command(options); }
    int operator()(const CompareOptions& options) const { return compare_command(options); }
    int operator()(const ImportOptions& options) const
    {
        left_behind = "A run file that was begun is unfinished: import again with --force";
        return import_command(options);
    }
    int operator()(const HistoryOptions& options) const { return history_command(options); }
    int operator()(const ValidateOptions& options) const { return validate_command(options); }
    int operator()(const ListOptions& options) const { return list_command(options); }
    int operator()(const ProjectOptions& options) const { return project_command(options); }
    int operator()(const PublishedOptions& options) const { return published_command(options); }
    int operator()(const BoundsOptions& options) const { return bounds_command(options); }
};

bool wants_json(const Invocation& invocation)
{
    const auto* command = std::get_if<Command>(&invocation.request);
    const auto* run = command == nullptr ? nullptr : std::get_if<RunOptions>(command);
    const auto* launch = command == nullptr ? nullptr : std::get_if<LaunchOptions>(command);
    return run != nullptr
               ? run->log_json
               : launch != nullptr && std::ranges::find(launch->arguments, "--log-json") != launch->arguments.end();
}

int carry_out(const Invocation& invocation)
{
    if (const auto* early = std::get_if<EarlyExit>(&invocation.request)) {
        (early->status == 0 ? std::cout : std::cerr) << early->text;
        return early->status;
    }
    left_behind = nothing_written;
    return std::visit(CommandDispatch{}, std::get<Command>(invocation.request));
}

}  // namespace

int main(int argc, char** argv)
{
    prepare_standard_streams();
    catch_crashes();
    // Names and texts come from files of others: none of them steers a terminal.
    const auto plain = [](std::string_view text, bool) { return std::string(text); };
    std::optional<PaintedStream> out(std::in_place, std::cout, plain);
    std::optional<PaintedStream> err(std::in_place, std::cerr, plain);
    std::optional<JsonLines> json;
    const Language language = language_of_arguments({argv, static_cast<std::size_t>(argc)});
    const auto complain = [&](const Sentence& problem) { std::cerr << "plumbline: " << in(language, problem) << '\n'; };
    try {
        const Invocation invocation = parse_options(argc, argv, PLUMBLINE_VERSION, build_of_this_program());
        const ColouredStreams coloured = coloured_streams(invocation.colour, terminal_facts());
        if (coloured.out) {
            out.reset();
            out.emplace(std::cout, with_coloured_verdicts);
        }
        if (coloured.err) {
            err.reset();
            err.emplace(std::cerr, with_coloured_diagnostics);
        }
        if (wants_json(invocation)) {
            json.emplace(std::cerr);
        }
        require_address_space(least_address_space);
        const int status = carry_out(invocation);
        if (status != 5 && !stdout_has_arrived()) {
            complain(say("stdout can't be written (closed or full)"));
            return 5;
        }
        return status;
    } catch (const ConfigError& error) {
        complain(error.said());
        return 2;
    } catch (const std::bad_alloc&) {
        complain(
            say("there is not enough memory (of the machine, the container or ulimit -v). Give it more, or fewer and "
                "smaller files or cases"));
    } catch (const std::logic_error& error) {
        complain(
            say("a defect of plumbline, or a file whose values contradict each other ({}). Please report the command "
                "and its files",
                kind_of(error)));
    } catch (const std::ios_base::failure&) {
        complain(say("a stream can't be read or written. Check the disk and what stands at the other end"));
    } catch (const std::exception& error) {
        complain(error_said(error));
    }
    return 5;
}
