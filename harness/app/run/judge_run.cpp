// SPDX-License-Identifier: Apache-2.0
#include "harness/app/run/judge_run.hpp"

#include "collectives/patterns/pattern.hpp"
#include "collectives/util/error.hpp"
#include "collectives/util/error_text.hpp"
#include "harness/app/run/diagnose_file.hpp"
#include "harness/app/run/diagnose_on_fail.hpp"
#include "harness/app/run/judgement_input.hpp"
#include "harness/run/progress.hpp"
#include "results/printers/diagnosis.hpp"
#include "results/printers/show.hpp"
#include "results/store/store.hpp"
#include "results/util/text.hpp"
#include "results/verdicts/judge.hpp"
#include "results/verdicts/scaling.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace plumbline::app {

namespace {

/// Reads back what is kept. After a store error somebody may be removing the folder still: counts until two counts
/// agree.
std::size_t count_kept(const RunOutcome& outcome, const std::string& path)
{
    constexpr int most_looks = 10;
    constexpr std::chrono::milliseconds pause{300};
    std::size_t kept = kept_rounds(path, outcome.first_round);
    for (int looks = 0; !outcome.store_error.empty() && kept > 0 && looks < most_looks; ++looks) {
        std::this_thread::sleep_for(pause);
        const std::size_t again = kept_rounds(path, outcome.first_round);
        if (std::exchange(kept, again) == again) {
            break;
        }
    }
    return kept;
}

/// Says why the run is incomplete, and what is kept of it; false where it is complete.
bool report_incomplete(const Console& console, const RunOutcome& outcome, const std::string& path)
{
    const Sentence planned =
        slots_said(static_cast<std::size_t>(outcome.planned), static_cast<std::size_t>(outcome.cases));
    if (outcome.complete()) {
        return false;
    }
    const std::size_t found = count_kept(outcome, path);
    const Sentence kept = found == 0 ? say("None of {} is kept in {}", planned, path)
                                     : say("{} of {} are kept in {}", found, planned, path);
    Sentence why;
    if (!outcome.store_error.empty()) {
        why = say("{}. {}", Sentence(outcome.store_error), kept);
    } else if (outcome.interrupted) {
        why = say("interrupted. {}; continue with --resume", kept);
    }
    if (!why.empty()) {
        console.err << "plumbline: " << text::printable(in(console.language, why)) << '\n';
    }
    return true;
}

/// Whom a run with cases of links or bisect names; where verdicts alone are wanted, that nobody is named goes without
/// saying.
void print_named(std::ostream& out, const RunFile& file, const std::string& path, Detail detail, Language language)
{
    const bool surveyed = std::ranges::any_of(file.cases(), [](const CaseSummary& row) {
        const auto probe = pattern_info(row.header.what.pattern).probe;
        return row.header.status == CaseStatus::measured &&
               (probe == NetworkProbe::links || probe == NetworkProbe::bisect);
    });
    if (!surveyed) {
        return;
    }
    constexpr std::size_t most_named = 8;
    DiagnoseRules rules;
    rules.confidence = file.info().confidence;
    const std::vector<Sentence> names = named_components(file.info(), diagnose_file(file, rules));
    if (names.empty()) {
        out << (detail == Detail::everything ? in(language, say("diagnosis: nobody stands out")) + "\n" : "");
        return;
    }
    const std::size_t shown = std::min(names.size(), most_named);
    const Sentence list = list_of({names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown)});
    out << in(language, say("diagnosis: {} named: {} ('plumbline diagnose {}' says how slow)", names.size(),
                            shown < names.size() ? say("{} and {} more", list, names.size() - shown) : list, path))
        << '\n';
}

void print_everything(std::ostream& out, const RunFile& file, const RunData& measured, const Judgement& judgement,
                      Language language)
{
    show_text(out, file.info(), file.cases(), scaling_table(measured), file.complete(), language);
    algorithms_text(out, best_algorithms(measured, file.info()), language);
    show_machine(out, file.machine_states(), language);
    out << '\n';
    check_text(out, judgement, file.info().simulated, language);
}

}  // namespace

Conclusion judge_and_print(const Console& console, const RunOutcome& outcome, const std::string& path, Detail detail)
{
    if (report_incomplete(console, outcome, path)) {
        return {.status = 5, .probe_bytes = {}};
    }
    const RunFile file(path);
    const JudgementInput input = load_judgement_input(file, path, "");
    const Judgement judgement = judge_file(file, input);
    if (detail == Detail::verdict_alone) {
        print_named(console.out, file, path, detail, console.language);
        verdict_text(console.out, judgement, file.info().simulated, console.language);
    } else {
        print_everything(console.out, file, input.measured, judgement, console.language);
        print_named(console.out, file, path, detail, console.language);
        console.out << in(console.language, say("wrote {}", path)) << '\n';
    }
    if (!console.out.flush()) {
        throw StoreError(say("stdout can't be written (closed or full). The results are in {}", path));
    }
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
