#pragma once

#include "results/projection.hpp"
#include "results/verdict.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace plumbline {

/// One kind of case, predicted at a scale that was not measured.
struct CaseProjection {
    CaseIdentity what;              ///< of the largest scale measured
    std::vector<int> scales;        ///< measured ones, ascending
    std::vector<int> taking_turns;  ///< scales left out: their ranks share cores, see Measured::core_sharing
    std::optional<Projection> time;
    std::string why;  ///< when there is none
    /// Against the smallest scale, where the case has such an efficiency.
    std::optional<Metric> metric;
    int base_ranks = 0;
    double base_s = 0;
    std::optional<double> efficiency;
    std::optional<Interval> efficiency_interval;
};

/// Every kind of workload in the run, in the order of its first case. Throws ConfigError for a scale that was measured
/// or is below one that was.
std::vector<CaseProjection> project_cases(const Measured& run, int ranks);

/// A target at the scale asked for, from a projection: the worse end of the interval decides. Nothing beyond
/// largest_accepted_ratio, where `why` says so.
struct ProjectedVerdict {
    std::string target;
    std::string at;
    std::optional<Verdict> verdict;
    std::string why;
};
std::vector<ProjectedVerdict> judge_projections(std::span<const Target> targets,
                                                std::span<const CaseProjection> projections, int ranks);

/// For people: predictions, intervals, forms, verdicts.
std::string projection_text(std::span<const CaseProjection> projections, std::span<const ProjectedVerdict> verdicts,
                            int ranks, double confidence);

}  // namespace plumbline
