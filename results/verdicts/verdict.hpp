#pragma once

#include "results/records/record.hpp"
#include "results/statistics/statistics.hpp"
#include "results/verdicts/bound.hpp"

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline {

enum class Metric : std::uint8_t {
    weak_efficiency,
    linear_speedup,
    strong_efficiency,
    busbw_retention,
    fraction_of_ideal,
    busbw,  ///< GB/s
    algbw,  ///< GB/s
    time,   ///< s
    bubble_fraction,
    overlap_fraction,
    mfu,
    karp_flatt,
    congestion_impact,      ///< on the mean
    congestion_impact_p99,  ///< on the 99th percentile
    unmeasured,             ///< asked for, but nothing in this program measures it
};
struct MetricInfo {
    Metric metric;
    std::string_view name;
    std::string_view unit;        ///< "1", "GB/s", "s"
    bool relative = false;        ///< has a base scale
    std::string_view held_fixed;  ///< of relative ones
    std::string_view formula;
    bool efficiency = true;  ///< says how well something is used: means nothing where ranks take turns on cores
};
std::span<const MetricInfo> all_metrics();
const MetricInfo& info(Metric metric);
std::optional<Metric> parse_metric(std::string_view text);

/// Severity grows with the value; a run's verdict is the worst: FAIL, then NOT_MEASURED, then INCONCLUSIVE, then PASS.
enum class Verdict : std::uint8_t { pass, inconclusive, not_measured, fail };
std::string_view name(Verdict verdict);  ///< "PASS", "INCONCLUSIVE", "NOT_MEASURED", "FAIL"
int exit_status(Verdict verdict);        ///< 0, 3, 4, 1
Verdict worst(Verdict a, Verdict b);

/// Ranks of a scale in a target: a number or the largest scale measured.
struct ScaleRef {
    std::optional<int> ranks;  ///< nothing = "all": the largest number of ranks planned
    bool operator==(const ScaleRef&) const = default;
};

/// One line of an acceptance: which number of which cases must be where.
struct Target {
    std::string name;
    Metric metric = Metric::weak_efficiency;
    /// Cases that it speaks of: key -> value, keys "pattern", "bytes", "dtype", "op", "in_place", "ranks", "placement",
    /// or a parameter's name. Values as canonical text (bytes as a plain number). Cases of a library's algorithm are
    /// spoken of where "algorithm" is a key.
    std::map<std::string, std::string> where;
    std::optional<ScaleRef> base_ranks;  ///< relative metrics: default the smallest usable scale
    std::optional<ScaleRef> at_ranks;    ///< default: every scale (relative: every one above the base)
    std::optional<double> at_least;      ///< exactly one of the two; in the metric's unit
    std::optional<double> at_most;
    bool across_fabrics = false;  ///< a base on one node against many is allowed
    /// Not empty: what is asked for, which nothing in this program measures; the rest means nothing then.
    std::string unmeasured = {};  // NOLINT(readability-redundant-member-init)
    bool operator==(const Target&) const = default;
};

/// A number with where it comes from.
struct Value {
    std::optional<double> estimate;
    std::optional<Interval> interval;
    std::string why;  ///< when there is no estimate or no interval
};

/// One target on one case.
struct Finding {
    std::string target;
    Metric metric = Metric::time;
    std::string at;    ///< describe() of the case; what was looked for when there is none
    int case_id = -1;  ///< -1: no case
    int ranks = 0;
    int base_ranks = 0;                ///< 0: not relative
    std::optional<double> base_value;  ///< absolute, s or bytes/s
    std::string base_unit;             ///< "s" or "B/s"
    std::string basis;                 ///< what else it is relative to: "ideal 1.2 ms: links between nodes"; or empty
    std::string bound;                 ///< ">= 0.9"
    std::optional<double> at_least;    ///< the target's, in the metric's unit
    std::optional<double> at_most;
    Value value;
    Verdict verdict = Verdict::not_measured;
    bool on_point_value = false;  ///< judged on an estimate without an interval, because the user allowed it
    std::string why;              ///< one sentence, always there unless PASS or FAIL on an interval
};

/// Cases without samples have what another suite reported, and no interval.
enum class PointEstimates : std::uint8_t {
    refuse,  ///< NOT_MEASURED
    allow,   ///< the estimate alone decides, and the finding says so
};

struct Judgement {
    std::vector<Finding> findings;
    bool on_point_values = false;  ///< some finding is
    Verdict verdict = Verdict::pass;
};

/// The numbers of one run as judging needs them, read lazily.
struct RunData {
    std::vector<CaseSummary> cases;
    double confidence = 0.95;
    /// observations() of the case; may read the file.
    std::function<std::vector<double>(int case_id)> observations;
    /// bubble_observations() of the case (workloads).
    std::function<std::vector<double>(int case_id)> bubble_observations;
    /// overlap_observations() of the case (workloads that overlap).
    std::function<std::vector<double>(int case_id)> overlap_observations;
    /// Node of each rank of the case, in its order; may read the file. Empty: not known.
    std::function<std::vector<int>(int case_id)> nodes_of_ranks;
    /// How ranks of the case take turns on cores, see describe_sharing(); may read the file. Empty: they don't.
    std::function<std::optional<std::string>(int case_id)> core_sharing;
    std::optional<Links> links;  ///< as stated in the scenario
    bool complete = true;        ///< false: the run stopped before its plan was done, so cases may be missing
    bool stand_in = false;       ///< the library only stood in for the real one: nothing is PASS or FAIL
};

/// Pure but for the reads in `run`. Every target gives at least one finding; no target at all gives PASS and none.
/// Nothing is decided on a fake: every finding is NOT_MEASURED, and there is one even without targets.
/// Targets on a run that isn't complete get one NOT_MEASURED finding more: what is missing can't be known here.
Judgement judge(std::span<const Target> targets, const RunData& run, PointEstimates points = PointEstimates::refuse);

/// Verdict of an interval against a bound: worse end meets it / better end misses it / it straddles.
Verdict verdict_of(const Interval& interval, std::optional<double> at_least, std::optional<double> at_most);

/// One row of the scaling table.
struct ScalingRow {
    Metric metric = Metric::busbw_retention;
    int case_id = 0;
    int base_case_id = 0;
    std::string pattern;
    std::uint64_t bytes = 0;
    DataType dtype = DataType::float32;
    std::map<std::string, std::string> parameters;  ///< of the case
    int ranks = 0;
    int base_ranks = 0;
    double base_value = 0;  ///< absolute: s for time-based metrics, bytes/s for bandwidths
    std::string base_unit;  ///< "s" or "B/s"
    std::string held_fixed;
    double efficiency = 0;
    std::optional<Interval> interval;
    std::optional<double> speedup;  ///< linear speedup, weak_efficiency rows only
    bool across_fabrics = false;    ///< base on one node, this one on several
};

/// Weak efficiency of data_parallel and training_step (strong where its total work is fixed) and busbw retention of
/// collectives, against the smallest scale of the same case that has a value (busbw: at least 2 ranks). The base has a
/// row too (efficiency 1, no interval) where there is anything to compare with it. Cases whose ranks take turns on
/// cores have none. Pure but for the reads in `run`.
std::vector<ScalingRow> scaling_table(const RunData& run);

}  // namespace plumbline
