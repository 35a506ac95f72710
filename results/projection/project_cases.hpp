#pragma once

#include "results/records/case_identity.hpp"
#include "results/records/case_summary.hpp"
#include "results/records/metric.hpp"
#include "results/records/run_data.hpp"
#include "results/statistics/projection.hpp"
#include "results/verdicts/finding.hpp"
#include "results/verdicts/target.hpp"
#include "results/verdicts/verdict.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace plumbline {

/// A predicted time against a base that was measured.
struct ProjectedEfficiency {
    Metric metric = Metric::weak_efficiency;
    int base_ranks = 0;
    double base_s = 0;
    bool across_fabrics = false;  ///< base on one node, larger scales on several
    Value value;
};

/// One kind of case, predicted at a scale that was not measured.
struct CaseProjection {
    CaseIdentity what;               ///< of the largest scale measured
    std::vector<CaseSummary> cases;  ///< that it is made from, one a scale, ascending
    std::vector<int> taking_turns;   ///< scales left out: their ranks share cores, see Measured::core_sharing
    std::optional<Projection> time;
    std::string why;          ///< when there is none
    std::string no_interval;  ///< not empty: the time's interval says nothing, because of what it is made from
    /// Against the smallest of `cases`, where the case has such an efficiency.
    std::optional<ProjectedEfficiency> efficiency;
};

/// The same case on so many ranks; on how many nodes they will lie isn't known.
CaseIdentity at_scale(CaseIdentity what, int ranks);

/// Every kind of workload in the run, in the order of its first case. Throws ConfigError for a scale that was measured
/// or is below one that was.
std::vector<CaseProjection> project_cases(const RunData& run, int ranks);

/// A target at the scale asked for, from a projection: the worse end of the interval decides, against the base that the
/// target names. Nothing beyond largest_accepted_ratio, or where there is no projection to judge.
struct ProjectedVerdict {
    std::string target;
    std::string at;                                 ///< describe() of the case; what was looked for when there is none
    std::optional<ProjectedEfficiency> efficiency;  ///< where it was judged
    std::optional<Verdict> verdict;                 ///< nothing counts as NOT_MEASURED
    std::string why;                                ///< always there unless PASS or FAIL
};
/// Every target gives at least one. Nothing is decided on a fake, nor is a run that isn't complete green: as
/// judge() has it. `projections` are project_cases() of the same.
std::vector<ProjectedVerdict> judge_projections(std::span<const Target> targets,
                                                std::span<const CaseProjection> projections, const RunData& run,
                                                int ranks);

/// For people: predictions, intervals, forms, verdicts.
std::string projection_text(std::span<const CaseProjection> projections, std::span<const ProjectedVerdict> verdicts,
                            int ranks, double confidence);

}  // namespace plumbline
