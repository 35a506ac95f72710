// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/util/sentence.hpp"
#include "results/records/case_identity.hpp"
#include "results/records/run_data.hpp"
#include "results/records/run_metadata.hpp"
#include "results/statistics/statistics.hpp"
#include "results/verdicts/verdict.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline {

/// One of several runs that are compared. The first one is the reference of all ratios.
struct ComparedRun {
    std::string label;  ///< file name
    RunMetadata info;
    RunData measured;
    std::string starts;              ///< what its cases' common starts came to: "window", "dissemination, window"
    std::optional<double> price;     ///< of a node, in a currency that all share
    std::optional<double> power_kw;  ///< of a node
    std::string currency = {};       ///< of the price, "CNY"; "" = not said
};

/// What bounds a case's time, told from the reference's own sizes of the same series.
enum class Regime : std::uint8_t {
    latency,     ///< at most 1.5 times the time of the series' fastest size
    transition,  ///< between the two
    bandwidth,   ///< at least 0.8 of the series' best algbw
    step,        ///< a training step: no size to speak of
    one_size,    ///< a series of one size tells nothing
};
std::string_view name(Regime regime);

enum class Difference : std::uint8_t {
    better,           ///< shown to be faster than the reference
    worse,            ///< shown to be slower
    not_significant,  ///< the data shows neither
    unknown,          ///< too few samples, or launches, to show any difference among so many cases
};
std::string_view name(Difference difference);

/// One case in the reference and in one other run.
struct ComparedCase {
    std::size_t run = 1;  ///< index of the other
    CaseIdentity what;
    int reference_id = 0;
    int id = 0;
    Regime regime = Regime::transition;
    double reference_s = 0;
    double time_s = 0;
    double ratio = 1;                  ///< speed of the other / reference's: time / time, above 1 = faster
    std::optional<Interval> interval;  ///< of the ratio, at the comparison's confidence, for this case alone
    std::optional<double> effect;      ///< Cliff's delta: P(faster) - P(slower) of two samples drawn at random
    std::optional<double> p_value;     ///< of this case alone, see separation_p()
    Difference difference = Difference::unknown;  ///< after Holm's correction over all cases
    std::string why;                              ///< of unknown
    bool point_value = false;  ///< a side is a log's own value, without samples: no interval, effect or p-value
    std::optional<double> per_price, per_power;  ///< ratio per money and per power
    std::optional<double> reference_busbw_bytes_per_s, busbw_bytes_per_s;
    std::optional<double> reference_tokens_per_s, tokens_per_s;  ///< of all ranks, of a workload that makes tokens
};

struct UnmatchedCase {
    std::size_t run = 0;  ///< which run has the case
    CaseIdentity what;
    Sentence why;
};

/// Ratios are never averaged over sizes of different regimes.
struct RegimeSummary {
    std::size_t run = 1;
    Regime regime = Regime::transition;
    std::size_t cases = 0, better = 0, worse = 0;
    double geometric_mean = 1;  ///< of the ratios
    double lowest = 1, highest = 1;
    std::optional<double> per_price, per_power;
};

/// By how much two launches of one library on one machine may differ, of the smaller time: a file of one launch can't
/// tell (where memory and processes lie). Measured by scripts/experiments/interval-coverage.
inline constexpr double default_launch_spread = 0.10;

/// What is asked of a comparison.
struct CompareSettings {
    std::optional<double> worse_limit = {};        ///< a verdict: slower by more than this share
    double launch_spread = default_launch_spread;  ///< allowed for where a side is of one launch; 0: nothing is
};

/// A line of the fairness manifest: what the runs have in common and what not.
struct ManifestRow {
    std::string name;
    std::vector<std::string> values;  ///< [run]; empty = the run doesn't say
    bool differs = false;
};

struct Comparison {
    double confidence = 0.95;
    std::optional<double> launch_spread;  ///< that was allowed for; nothing: no side of a case is of one launch
    std::vector<ManifestRow> manifest;
    std::vector<ComparedCase> cases;  ///< by run, in the reference's order
    std::vector<UnmatchedCase> unmatched;
    std::vector<RegimeSummary> regimes;
    /// With a limit: FAIL when a case is shown to be slower by more (Holm), NOT_MEASURED when a case of the reference
    /// has no counterpart or a run is of a fake, INCONCLUSIVE when an interval straddles the limit or there is
    /// none, else PASS.
    std::optional<double> worse_limit;
    std::optional<Verdict> verdict;
    std::vector<std::size_t> deciding;  ///< cases that the verdict is of, where it is FAIL or INCONCLUSIVE
};

/// Cases are the same when everything that was asked is the same, S and the bus factor too, and the common start that
/// was asked for, which a log doesn't say and is no difference then. Where a side of a case is of one real launch, only
/// what is further apart than settings.launch_spread is shown, and is beyond or within the limit. Pure but for the
/// reads in `runs`. At least two runs, else std::logic_error.
Comparison compare(std::span<const ComparedRun> runs, const CompareSettings& settings = {});

/// What differs between the environments, and what not.
std::vector<ManifestRow> environment_differences(std::span<const ComparedRun> runs);

}  // namespace plumbline
