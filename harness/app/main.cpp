// SPDX-License-Identifier: Apache-2.0
#include "collectives/util/error.hpp"
#include "collectives/util/error_text.hpp"
#include "harness/app/commands.hpp"
#include "harness/app/options.hpp"
#include "harness/command_line/terminal_colours.hpp"

#include <atomic>
#include <csignal>
#include <exception>
#include <iostream>
#include <optional>
#include <variant>

namespace {

using namespace plumbline;
using namespace plumbline::app;

// A handler can reach nothing but a static variable; it is handed on as a function.
std::atomic<bool> signal_seen{false};

void remember_signal(int)
{
    signal_seen = true;
}

/// First signal: end in order. Second: the system's own way.
void catch_signals()
{
    struct sigaction action = {};
    action.sa_handler = remember_signal;
    action.sa_flags = static_cast<int>(SA_RESTART | static_cast<int>(SA_RESETHAND));
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
    // What mpirun forwards to the ranks, and batch systems send before they take the nodes away.
    sigaction(SIGUSR1, &action, nullptr);
}

struct CommandDispatch {
    int operator()(const RunOptions& options) const
    {
        catch_signals();
        return run_command(options, [] { return signal_seen.load(); });
    }
    int operator()(const DiagnoseOptions& options) const { return diagnose_command(options); }
    int operator()(const CheckOptions& options) const { return check_command(options); }
    int operator()(const ShowOptions& options) const { return show_command(options); }
    int operator()(const VerifyOptions& options) const { return verify_command(options); }
    int operator()(const ReportOptions& options) const { return report_command(options); }
    int operator()(const CompareOptions& options) const { return compare_command(options); }
    int operator()(const ImportOptions& options) const { return import_command(options); }
    int operator()(const HistoryOptions& options) const { return history_command(options); }
    int operator()(const ValidateOptions& options) const { return validate_command(options); }
    int operator()(const ListOptions& options) const { return list_command(options); }
    int operator()(const ProjectOptions& options) const { return project_command(options); }
    int operator()(const PublishedOptions& options) const { return published_command(options); }
};

int carry_out(const Invocation& invocation)
{
    if (const auto* farewell = std::get_if<EarlyExit>(&invocation.request)) {
        (farewell->status == 0 ? std::cout : std::cerr) << farewell->text;
        return farewell->status;
    }
    return std::visit(CommandDispatch{}, std::get<Command>(invocation.request));
}

}  // namespace

int main(int argc, char** argv)
{
    std::optional<PaintedStream> out;
    std::optional<PaintedStream> err;
    try {
        const Invocation invocation = parse_options(argc, argv, PLUMBLINE_VERSION);
        const ColouredStreams coloured = coloured_streams(invocation.colour, terminal_facts());
        if (coloured.out) {
            out.emplace(std::cout, with_coloured_verdicts);
        }
        if (coloured.err) {
            err.emplace(std::cerr, with_coloured_diagnostics);
        }
        return carry_out(invocation);
    } catch (const ConfigError& error) {
        std::cerr << "plumbline: " << error.what() << '\n';
        return 2;
    } catch (const std::exception& error) {
        std::cerr << "plumbline: " << error_text(error) << '\n';
        return 5;
    }
}
