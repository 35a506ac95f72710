// SPDX-License-Identifier: Apache-2.0
#include "harness/app/commands.hpp"

#include "harness/app/bundled_scenarios.hpp"
#include "harness/app/language.hpp"
#include "harness/app/output.hpp"
#include "results/projection/project_cases.hpp"
#include "results/store/store.hpp"
#include "scenarios/yaml/scenario.hpp"

#include <algorithm>
#include <vector>

namespace plumbline::app {

int project_command(const ProjectOptions& options)
{
    const RunFile file(options.file);
    const RunData measured = file.measured();
    const std::vector<CaseProjection> projections = project_cases(measured, options.ranks);
    const std::vector<Target> targets = options.targets.empty()
                                            ? parse_targets(file.info().targets_text, options.file + ": /targets")
                                            : load_targets(find_profile(options.targets));
    const auto verdicts = judge_projections(targets, projections, measured, options.ranks);
    write_result(
        projection_text(projections, verdicts, options.ranks, measured.confidence, chosen_language(options.language)));
    Verdict verdict = Verdict::pass;
    for (const ProjectedVerdict& one : verdicts) {
        // A target without a verdict was not met: what was not judged is never green.
        verdict = worst(verdict, one.verdict.value_or(Verdict::not_measured));
    }
    return exit_status(verdict);
}

}  // namespace plumbline::app
