// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/records/case_identity.hpp"
#include "results/records/case_summary.hpp"
#include "results/records/metric.hpp"
#include "results/records/run_data.hpp"
#include "results/statistics/projection.hpp"
#include "results/texts/language.hpp"
#include "results/verdicts/finding.hpp"
#include "results/verdicts/target.hpp"
#include "results/verdicts/verdict.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace plumbline {

/// The efficiency of a predicted time relative to a measured base.
struct ProjectedEfficiency {
    Metric metric = Metric::weak_efficiency;
    int base_ranks = 0;
    double base_s = 0;
    bool across_fabrics = false;  ///< base on one node, larger scales on several
    Value value;
};

/// A workload, predicted at a scale that was not measured.
struct CaseProjection {
    CaseIdentity what;               ///< of the largest scale measured
    std::vector<CaseSummary> cases;  ///< that it is fitted to, one per scale, ascending
    std::vector<int> taking_turns;   ///< scales left out because their ranks share cores, see RunData::core_sharing
    std::optional<Projection> time;
    Sentence why;          ///< why there is no `time`
    Sentence no_interval;  ///< not empty: why the interval of `time` is meaningless
    /// Relative to the smallest scale of `cases`, where the workload has such an efficiency.
    std::optional<ProjectedEfficiency> efficiency;
};

/// The same case on so many ranks. The number of nodes is unknown.
CaseIdentity at_scale(CaseIdentity what, int ranks);

/// A projection for each workload of the run, in the order of its first case. Throws ConfigError for a scale that was
/// measured or is smaller than a measured one.
std::vector<CaseProjection> project_cases(const RunData& run, int ranks);

/// A target judged by a projection: the worse end of the interval decides, relative to the base that the target names.
/// No verdict beyond largest_accepted_ratio, or where there is no projection.
struct ProjectedVerdict {
    std::string target;
    Sentence at;                                    ///< describe() of the case; the filter where there is none
    std::optional<ProjectedEfficiency> efficiency;  ///< where it was judged
    std::optional<double> bound;                    ///< the target's; nothing where it has none
    std::optional<Verdict> verdict;                 ///< nothing counts as NOT_MEASURED
    Sentence why;                                   ///< always there unless PASS or FAIL
};
/// At least one verdict per target. As in judge(), a fake library never passes, nor does an incomplete run.
/// `projections`: project_cases() of the same run.
std::vector<ProjectedVerdict> judge_projections(std::span<const Target> targets,
                                                std::span<const CaseProjection> projections, const RunData& run,
                                                int ranks);

/// Predictions, intervals, forms and verdicts as text.
std::string projection_text(std::span<const CaseProjection> projections, std::span<const ProjectedVerdict> verdicts,
                            int ranks, double confidence, Language language = Language::en);

}  // namespace plumbline
