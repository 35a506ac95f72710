// SPDX-License-Identifier: Apache-2.0
#include "harness/app/run/judge_run.hpp"

#include "collectives/util/error_text.hpp"
#include "harness/app/run/diagnose_on_fail.hpp"
#include "harness/app/run/judgement_input.hpp"
#include "harness/run/progress.hpp"
#include "results/printers/show.hpp"
#include "results/store/store.hpp"
#include "results/verdicts/judge.hpp"
#include "results/verdicts/scaling.hpp"

#include <fmt/format.h>
#include <cstddef>
#include <stdexcept>

namespace plumbline::app {

namespace {

/// Says why the run is incomplete, and what is kept of it; false where it is complete.
bool report_incomplete(std::ostream& err, const RunOutcome& outcome, const std::string& path)
{
    const std::string planned =
        slots_text(static_cast<std::size_t>(outcome.planned), static_cast<std::size_t>(outcome.cases));
    const std::string kept = fmt::format("{} of {} are kept in {}", outcome.stored, planned, path);
    if (!outcome.store_error.empty()) {
        err << fmt::format("plumbline: {}. {}\n", outcome.store_error, kept);
    } else if (outcome.interrupted) {
        err << fmt::format("plumbline: interrupted. {}; continue with --resume\n", kept);
    }
    return !outcome.complete();
}

void print_everything(std::ostream& out, const RunFile& file, const RunData& measured, const Judgement& judgement)
{
    show_text(out, file.info(), file.cases(), scaling_table(measured), file.complete());
    algorithms_text(out, best_algorithms(measured, file.info()));
    show_machine(out, file.machine_states());
    out << '\n';
    check_text(out, judgement, file.info().simulated);
}

}  // namespace

Conclusion judge_and_print(const Console& console, const RunOutcome& outcome, const std::string& path, Detail detail)
{
    if (report_incomplete(console.err, outcome, path)) {
        return {.status = 5, .probe_bytes = {}};
    }
    const RunFile file(path);
    const JudgementInput input = load_judgement_input(file, path, "");
    const Judgement judgement = judge(input.targets, input.measured);
    if (detail == Detail::verdict_alone) {
        verdict_text(console.out, judgement, file.info().simulated);
    } else {
        print_everything(console.out, file, input.measured, judgement);
        console.out << fmt::format("wrote {}\n", path);
    }
    console.out << std::flush;
    return {.status = exit_status(judgement.verdict),
            .probe_bytes = probe_message_bytes(judgement, file.cases(), file.info().planned_cases)};
}

void guard_exit_status(const Console& console, int& status, const std::function<void()>& work)
{
    try {
        work();
    } catch (const std::runtime_error& error) {
        console.err << "plumbline: " << error_text(error) << '\n';
        status = 5;
    }
}

}  // namespace plumbline::app
