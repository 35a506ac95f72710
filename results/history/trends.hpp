// SPDX-License-Identifier: Apache-2.0
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

/// One line of the file of accepted changes:
///   2026-02-03 baseline    *                               new switch firmware
///   2026-02-05 acknowledge "allreduce, 8 B*"    NUMA balancing is on again
/// `baseline`: for these cases, runs before that day (UTC) are left out. `acknowledge`: it is accepted that these cases
/// became slower on that day, or are not measured since. Cases are glob patterns with * and ?, quoted where they
/// contain blanks.
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
    double min_change = 0.02;    ///< relative; the change must also be two standard deviations of the runs before
    double guard_drop = 0.05;    ///< relative drop of speed in one night, by the better end of the interval
    std::size_t guard_runs = 3;  ///< runs before a drop that make a baseline
};

enum class TrendKind : std::uint8_t {
    slower,        ///< a change point after which the series has stayed slower than accepted
    faster,        ///< a change point after which the series has stayed faster than before
    earlier,       ///< a change point that was followed by another one
    acknowledged,  ///< slower or missing, and accepted
    drop,          ///< the last runs are much slower; a single one needs to be confirmed by the next
    missing,       ///< not measured in the last run of its scenario
    recovered,     ///< was slower for some runs, a change point or drops in a row, and is as fast as before again
};
std::string_view name(TrendKind kind);

struct TrendEvent {
    TrendKind kind = TrendKind::earlier;
    std::string key, where;  ///< of its series
    /// Geometric means of the nightly medians before and after. Of a slower series: the accepted level, and the time
    /// since the last change. Of a missing case: the last median, and nothing.
    double before_s = 0;
    std::optional<double> after_s;
    std::optional<double> change;  ///< after / before - 1, of time
    double p_value = 1;
    std::size_t runs_before = 0, runs_after = 0;
    std::string file;  ///< the first run after the change, or the first without the case
    std::string day;
    double unix_s = 0;                       ///< when that run started
    std::optional<double> recovered_unix_s;  ///< of a slowdown: when the first run as fast as before it started
    std::string recovered_file;
    std::string why;  ///< what else changed in that run; why a case is missing; why it is acknowledged
};

struct Series {
    std::string key;  ///< distinct_names() of the case: unique among the series of the same hosts
    std::string where;
    std::vector<std::size_t> runs;  ///< index into RunIndex::runs; never empty
    std::vector<double> median_s;
    std::vector<std::optional<double>> low_s, high_s;  ///< of the median's interval
    std::string description;                           ///< describe() of the case, which other series may share
    bool in_last_run = true;                           ///< the newest run of its scenario on these hosts has it
};

/// Fewest runs of a series in which a change can be found.
inline constexpr std::size_t shortest_series = 4;

struct Trends {
    std::vector<Series> series;
    std::vector<TrendEvent> events;
    std::size_t too_short = 0;  ///< series of fewer than shortest_series runs
    /// FAIL: a series is slower or dropped, and that is not acknowledged. NOT_MEASURED: no series is long enough, or a
    /// case is missing, and that is not acknowledged.
    Verdict verdict = Verdict::pass;
};

/// Cases are compared on the same hosts only. A series is slower while it lies above its accepted level by
/// rule.min_change and two standard deviations of the accepted runs. The accepted level starts as the time before the
/// first change; a change to a shorter time lowers it, and an acknowledged change raises it by the size of that change.
/// So neither a partial recovery nor an acknowledged small change hides an earlier slowdown. A case is missing where
/// the newest run of a scenario that measured it before, on the same hosts, has no time for it. Pure.
Trends find_trends(const RunIndex& index, std::span<const Accepted> accepted, const TrendRule& rule);

}  // namespace plumbline
