#pragma once

#include "results/history/run_index.hpp"
#include "results/statistics/change_points.hpp"
#include "results/verdicts/verdict.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline {

/// A line of the file that says what is known and accepted, one a line:
///   2026-02-03 baseline    *                               new switch firmware
///   2026-02-05 acknowledge "allreduce float32 sum 8 B*"    NUMA balancing is on again
/// `baseline`: runs before that day (UTC) are left out for the cases; `acknowledge`: that the cases became slower on
/// that day, or are no longer measured since then, doesn't count. Cases are patterns with * and ?, quoted where they
/// hold blanks.
struct Accepted {
    enum class Kind : std::uint8_t { baseline, acknowledge };
    Kind kind = Kind::acknowledge;
    std::string day;  ///< "2026-02-03"
    std::string cases;
    std::string why;
};
/// Throws ConfigError naming file and line.
std::vector<Accepted> parse_accepted(std::string_view text, const std::string& origin);
bool matches_glob(std::string_view pattern, std::string_view text);
std::string day_of(double unix_s);  ///< "2026-02-03", UTC

struct TrendRule {
    double max_p = 1e-4;
    double min_change = 0.02;    ///< and at least two standard deviations of what was before
    double guard_drop = 0.05;    ///< of speed, in one night, by the better end of the interval
    std::size_t guard_runs = 3;  ///< without the drop; from which on a baseline is one
};

enum class TrendKind : std::uint8_t {
    slower,        ///< a change point, and the series has been slower than accepted since
    faster,        ///< a change point, and the series has been faster since than right before
    earlier,       ///< a change that another one followed
    acknowledged,  ///< slower or missing, and known
    drop,          ///< the last runs are much slower; one alone is to be confirmed by the next
    missing,       ///< not measured in the last run of its scenario
};
std::string_view name(TrendKind kind);

struct TrendEvent {
    TrendKind kind = TrendKind::earlier;
    std::string key, where;  ///< of its series
    /// Geometric means of the nightly medians. Of the first slower one the accepted level and the time since the last
    /// change; of a missing one the last median and nothing.
    double before_s = 0;
    std::optional<double> after_s;
    std::optional<double> change;  ///< after / before - 1, of time
    double p_value = 1;
    std::size_t runs_before = 0, runs_after = 0;
    std::string file;  ///< the first run after the change, or without the case
    std::string day;
    std::string why;  ///< what else changed there, why a case is missing; of acknowledged ones why they were
};

struct Series {
    std::string key;  ///< distinct_names() of the case: unlike those of all other series of the same hosts
    std::string where;
    std::vector<std::size_t> runs;  ///< index into RunIndex::runs; never empty
    std::vector<double> median_s;
    std::vector<std::optional<double>> low_s, high_s;  ///< of the median's interval
    std::string description;                           ///< describe() of the case, which others may share
    bool in_last_run = true;                           ///< of the scenario that measured it last, on these hosts
};

/// Runs below which a series tells no change.
inline constexpr std::size_t shortest_series = 4;

struct Trends {
    std::vector<Series> series;
    std::vector<TrendEvent> events;
    std::size_t too_short = 0;  ///< series of fewer than shortest_series runs
    /// FAIL: something is slower, or dropped, and nobody acknowledged it. NOT_MEASURED: no series is long enough, or a
    /// case is missing and nobody acknowledged it.
    Verdict verdict = Verdict::pass;
};

/// Pure. Cases are compared on the same hosts only. A series is slower while it lies above its accepted level by
/// rule.min_change and two standard deviations of what was accepted. That level is the time before the first change; a
/// change to less than it lowers it, and an acknowledged one moves it by as much as that changed. So neither a partial
/// recovery nor a small change that is acknowledged hides a slowdown before it. A case is missing where the newest run
/// of a scenario that measured it before, on the same hosts, has no time of it.
Trends find_trends(const RunIndex& index, std::span<const Accepted> accepted, const TrendRule& rule);

}  // namespace plumbline
