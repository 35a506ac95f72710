// SPDX-License-Identifier: Apache-2.0
#include "results/history/trends.hpp"

#include "collectives/util/error.hpp"
#include "collectives/util/units.hpp"
#include "results/statistics/statistics.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <ctime>
#include <limits>
#include <map>

namespace plumbline {
namespace {

std::string_view next_word(std::string_view& line)
{
    line.remove_prefix(std::min(line.find_first_not_of(" \t\r"), line.size()));
    const bool quoted = line.starts_with('"');
    if (quoted) {
        line.remove_prefix(1);
    }
    const std::size_t end = std::min(quoted ? line.find('"') : line.find_first_of(" \t\r"), line.size());
    const std::string_view word = line.substr(0, end);
    line.remove_prefix(std::min(line.size(), end + (quoted ? 1 : 0)));
    return word;
}

bool is_day(std::string_view text)
{
    const auto digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9'; };
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') {
        return false;
    }
    for (const std::size_t i : {0U, 1U, 2U, 3U, 5U, 6U, 8U, 9U}) {
        if (!digit(i)) {
            return false;
        }
    }
    return true;
}

/// A series with all its runs and its case_key().
struct Gathered {
    std::string_view key;
    Series series;
};

/// Ordered by key, then by hosts. Refers to `index`.
std::vector<Gathered> gather(const RunIndex& index)
{
    std::map<std::pair<std::string_view, std::string_view>, Series> by_key;
    for (std::size_t i = 0; i < index.runs.size(); ++i) {
        const IndexedRun& run = index.runs[i];
        for (const IndexedCase& c : run.cases) {
            Series& series = by_key[{c.key, run.where}];
            series.runs.push_back(i);
            series.median_s.push_back(c.median_s);
            series.low_s.push_back(c.low_s);
            series.high_s.push_back(c.high_s);
        }
    }
    std::map<std::string_view, std::vector<std::string_view>> keys_on;
    for (const auto& [key, series] : by_key) {
        keys_on[key.second].push_back(key.first);
    }
    for (const auto& [where, keys] : keys_on) {
        const auto names = distinct_names(keys);
        for (std::size_t i = 0; i < keys.size(); ++i) {
            Series& series = by_key.at({keys[i], where});
            series.key = names[i];
            series.where = where;
            series.description = described(keys[i]);
        }
    }
    std::vector<Gathered> all;
    all.reserve(by_key.size());
    for (auto& [key, series] : by_key) {
        all.push_back({key.first, std::move(series)});
    }
    return all;
}

bool matches(const Accepted& accepted, const Series& series)
{
    return matches_glob(accepted.cases, series.key) || matches_glob(accepted.cases, series.description);
}

std::string joined(const std::string& a, const std::string& b)
{
    return a.empty() || b.empty() ? a + b : a + "; " + b;
}

void leave_out_first(std::size_t count, Series& series)
{
    const auto erase_from = [&](auto& values) {
        values.erase(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(count));
    };
    erase_from(series.runs);
    erase_from(series.median_s);
    erase_from(series.low_s);
    erase_from(series.high_s);
}

/// What else changed in the environment between two runs.
std::string circumstances(const IndexedRun& before, const IndexedRun& after)
{
    return before.library == after.library ? "" : fmt::format("library {} -> {}", before.library, after.library);
}

class Finder {
public:
    Finder(const RunIndex& index, std::span<const Accepted> accepted, const TrendRule& rule)
        : index_(index), accepted_(accepted), rule_(rule)
    {
        for (std::size_t i = 0; i < index.runs.size(); ++i) {
            days_.push_back(day_of(index.runs[i].started_unix_s));
            runs_of_[{index.runs[i].where, index.runs[i].name, index.runs[i].ranks}].push_back(i);
        }
    }

    void look_at(Gathered gathered, Trends& into) const
    {
        Series& series = gathered.series;
        const IndexedRun& last = index_.runs[series.runs.back()];
        series.in_last_run = series.runs.back() == runs_of_.at({last.where, last.name, last.ranks}).back();
        const std::string baseline = baseline_of(series);
        const auto missing = missing_since(gathered, baseline);
        std::size_t left_out = 0;
        while (left_out < series.runs.size() && days_[series.runs[left_out]] < baseline) {
            ++left_out;
        }
        if (left_out == series.runs.size()) {
            if (missing.empty()) {
                return;
            }
            --left_out;  // a case that fails after the baseline is missing nevertheless
        }
        leave_out_first(left_out, series);
        into.too_short += series.runs.size() < shortest_series ? 1U : 0U;
        look_for_changes(series, into.events);
        into.events.insert(into.events.end(), missing.begin(), missing.end());
        into.series.push_back(std::move(series));
    }

private:
    void look_for_changes(const Series& series, std::vector<TrendEvent>& events) const
    {
        std::vector<double> logarithms;
        logarithms.reserve(series.median_s.size());
        for (const double s : series.median_s) {
            logarithms.push_back(std::log(s));
        }
        const ChangeRule change_rule{
            .max_p = rule_.max_p, .min_magnitude = std::log1p(rule_.min_change), .min_spreads = 2};
        const auto changes = detect_changes(logarithms, change_rule);
        std::vector<bool> known;
        known.reserve(changes.size());
        for (const ChangePoint& change : changes) {
            known.push_back(acknowledgement(series, days_[series.runs[change.index]]) != nullptr);
        }
        const Standing standing = standing_after(changes, known, change_rule).value_or(Standing{});
        for (std::size_t i = 0; i < changes.size(); ++i) {
            events.push_back(event(series, changes, i, standing));
        }
        for (std::size_t i = 0; i < changes.size(); ++i) {
            look_for_recovery(series, changes, i, events[events.size() - changes.size() + i]);
        }
        for (std::size_t i = 0; i <= changes.size(); ++i) {
            look_for_episodes(series, i == 0 ? 0 : changes[i - 1].index,
                              i == changes.size() ? series.runs.size() : changes[i].index, events);
        }
        const std::size_t since = changes.empty() ? 0 : changes.back().index;
        if (auto drop = guard(series, since)) {
            events.push_back(std::move(*drop));
        }
    }

    /// The first later change after which the series is as fast as before change `i`, where that made it slower.
    void look_for_recovery(const Series& series, std::span<const ChangePoint> changes, std::size_t i,
                           TrendEvent& event) const
    {
        if (changes[i].after <= changes[i].before) {
            return;
        }
        const double level = changes[i].before + std::max(std::log1p(rule_.min_change), 2 * changes[i].spread_before);
        const auto back = std::find_if(changes.begin() + static_cast<std::ptrdiff_t>(i) + 1, changes.end(),
                                       [&](const ChangePoint& later) { return later.after <= level; });
        if (back == changes.end()) {
            return;
        }
        recover(series, back->index, event);
    }

    void recover(const Series& series, std::size_t run, TrendEvent& event) const
    {
        event.recovered_unix_s = index_.runs[series.runs[run]].started_unix_s;
        event.recovered_file = index_.runs[series.runs[run]].file;
        if (event.kind == TrendKind::earlier) {
            event.kind = TrendKind::recovered;
        }
    }

    /// Two or more runs in a row between changes that were each far slower than the others there, too few for a change
    /// point, and a run after them that wasn't: a single one is noise until it is confirmed.
    void look_for_episodes(const Series& series, std::size_t begin, std::size_t end,
                           std::vector<TrendEvent>& events) const
    {
        const double usual = median(std::span(series.median_s).subspan(begin, end - begin)).value_or(0);
        const auto slow = [&](std::size_t i) {
            return series.low_s[i] && usual / *series.low_s[i] < 1 - rule_.guard_drop;
        };
        std::vector<double> others;
        for (std::size_t i = begin; i < end; ++i) {
            if (!slow(i)) {
                others.push_back(series.median_s[i]);
            }
        }
        for (std::size_t first = begin + rule_.guard_runs; first < end; ++first) {
            std::size_t back = first;
            while (back < end && slow(back)) {
                ++back;
            }
            if (back - first >= 2 && back < end) {
                TrendEvent event = at(series, series.runs[first]);
                event.before_s = median(others).value_or(usual);
                event.after_s = median(std::span(series.median_s).subspan(first, back - first)).value_or(0);
                event.change = *event.after_s / event.before_s - 1;
                event.runs_before = first - begin;
                event.runs_after = back - first;
                event.why = circumstances(index_.runs[series.runs[first - 1]], index_.runs[series.runs[first]]);
                recover(series, back, event);
                events.push_back(std::move(event));
            }
            first = back;
        }
    }

    TrendEvent event(const Series& series, std::span<const ChangePoint> changes, std::size_t i,
                     const Standing& standing) const
    {
        const ChangePoint& change = changes[i];
        const bool last = i + 1 == changes.size();
        const bool slower = change.after > change.before;
        const bool slower_since = standing.above_since == i;
        TrendEvent event = at(series, series.runs[change.index]);
        event.kind = !last && !slower_since ? TrendKind::earlier : slower ? TrendKind::slower : TrendKind::faster;
        event.p_value = change.p_value;
        event.runs_before = change.index;
        event.runs_after = (last || slower_since ? series.runs.size() : changes[i + 1].index) - change.index;
        event.why = circumstances(index_.runs[series.runs[change.index - 1]], index_.runs[series.runs[change.index]]);
        event.before_s = std::exp(slower_since ? standing.level : change.before);
        event.after_s = std::exp(slower_since ? changes.back().after : change.after);
        if (slower_since && !last) {
            event.why = joined(event.why, fmt::format("{} right after it", format_seconds(std::exp(change.after))));
        }
        if (slower) {
            acknowledge(series, event);
        }
        event.change = *event.after_s / event.before_s - 1;
        return event;
    }

    /// The day of the newest baseline of the series; "" where it has none.
    std::string baseline_of(const Series& series) const
    {
        std::string day;
        for (const Accepted& a : accepted_) {
            if (a.kind == Accepted::Kind::baseline && a.day > day && matches(a, series)) {
                day = a.day;
            }
        }
        return day;
    }

    /// An event for each scenario (with its number of ranks) whose newest run on these hosts has no time for the case.
    /// A case that was missing before the baseline already is left out.
    std::vector<TrendEvent> missing_since(const Gathered& gathered, const std::string& baseline) const
    {
        const Series& series = gathered.series;
        std::map<std::pair<std::string_view, int>, std::size_t> last_in;
        for (std::size_t i = 0; i < series.runs.size(); ++i) {
            const IndexedRun& run = index_.runs[series.runs[i]];
            last_in[{run.name, run.ranks}] = i;
        }
        std::vector<TrendEvent> events;
        for (const auto& [of, last] : last_in) {
            const auto& all = runs_of_.at({series.where, of.first, of.second});
            const auto since = std::upper_bound(all.begin(), all.end(), series.runs[last]);
            if (since == all.end() || days_[*since] < baseline) {
                continue;
            }
            TrendEvent event = at(series, *since);
            event.kind = TrendKind::missing;
            event.before_s = series.median_s[last];
            event.runs_before = last + 1;
            event.runs_after = static_cast<std::size_t>(all.end() - since);
            event.why = why_missing(gathered.key, index_.runs[all.back()]);
            acknowledge(series, event);
            events.push_back(std::move(event));
        }
        return events;
    }

    static std::string why_missing(std::string_view key, const IndexedRun& run)
    {
        const auto gap =
            std::find_if(run.gaps.begin(), run.gaps.end(), [&](const IndexedGap& g) { return g.key == key; });
        if (gap != run.gaps.end()) {
            return gap->why;
        }
        return run.complete ? "no such case in the last run" : "the last run was not finished";
    }

    const Accepted* acknowledgement(const Series& series, const std::string& day) const
    {
        const auto found = std::find_if(accepted_.begin(), accepted_.end(), [&](const Accepted& a) {
            return a.kind == Accepted::Kind::acknowledge && a.day == day && matches(a, series);
        });
        return found == accepted_.end() ? nullptr : &*found;
    }

    void acknowledge(const Series& series, TrendEvent& event) const
    {
        if (const Accepted* known = acknowledgement(series, event.day)) {
            event.kind = TrendKind::acknowledged;
            event.why = known->why;
        }
    }

    /// An event with what all events of the series share. `run`: index into RunIndex::runs.
    TrendEvent at(const Series& series, std::size_t run) const
    {
        TrendEvent event;
        event.key = series.key;
        event.where = series.where;
        event.file = index_.runs[run].file;
        event.day = days_[run];
        event.unix_s = index_.runs[run].started_unix_s;
        return event;
    }

    /// Whether the better end of each run's interval, from `first` on, is far slower than the median of the runs since
    /// the last change.
    bool far_slower(const Series& series, std::size_t since, std::size_t first) const
    {
        const double baseline = median(std::span(series.median_s).subspan(since, first - since)).value_or(0);
        return std::all_of(series.low_s.begin() + static_cast<std::ptrdiff_t>(first), series.low_s.end(),
                           [&](const auto& low) { return low && baseline / *low < 1 - rule_.guard_drop; });
    }

    /// A drop: the last runs are each far slower than every other run since the last change. The longest such streak
    /// counts, so a second run that is a little faster than the first confirms the drop.
    std::optional<TrendEvent> guard(const Series& series, std::size_t since) const
    {
        std::vector<double> slowest_before{0};
        for (std::size_t i = since; i + 1 < series.runs.size(); ++i) {
            slowest_before.push_back(std::max(slowest_before.back(), series.median_s[i]));
        }
        std::optional<std::size_t> first;
        double fastest = std::numeric_limits<double>::infinity();
        for (std::size_t i = series.runs.size() - 1; i >= since + rule_.guard_runs; --i) {
            fastest = std::min(fastest, series.median_s[i]);
            if (fastest > slowest_before[i - since] && far_slower(series, since, i)) {
                first = i;
            }
        }
        if (!first) {
            return std::nullopt;
        }
        const auto medians = std::span(series.median_s);
        TrendEvent event = at(series, series.runs[*first]);
        event.kind = TrendKind::drop;
        event.before_s = median(medians.subspan(since, *first - since)).value_or(0);
        event.after_s = median(medians.subspan(*first)).value_or(0);
        event.change = *event.after_s / event.before_s - 1;
        event.runs_before = *first - since;
        event.runs_after = series.runs.size() - *first;
        event.why = circumstances(index_.runs[series.runs[*first - 1]], index_.runs[series.runs[*first]]);
        acknowledge(series, event);
        return event;
    }

    const RunIndex& index_;
    std::span<const Accepted> accepted_;
    TrendRule rule_;
    std::vector<std::string> days_;  ///< of each run
    std::map<std::tuple<std::string_view, std::string_view, int>, std::vector<std::size_t>>
        runs_of_;  ///< hosts, scenario, ranks
};

}  // namespace

std::string_view name(TrendKind kind)
{
    constexpr std::array<std::string_view, 7> names{"slower", "faster",  "earlier",  "acknowledged",
                                                    "drop",   "missing", "recovered"};
    return names.at(static_cast<std::size_t>(kind));
}

bool matches_glob(std::string_view pattern, std::string_view text)
{
    // Backtracking: the last * takes one more character whenever what follows it does not match.
    std::size_t p = 0;
    std::size_t t = 0;
    std::size_t star = std::string_view::npos;
    std::size_t taken = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            taken = t;
        } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++taken;
        } else {
            return false;
        }
    }
    return pattern.substr(p).find_first_not_of('*') == std::string_view::npos;
}

std::string day_of(double unix_s)
{
    const double latest = 253402300799;  // year 9999
    return fmt::format("{:%Y-%m-%d}", fmt::gmtime(static_cast<std::time_t>(std::clamp(unix_s, 0.0, latest))));
}

std::vector<Accepted> parse_accepted(std::string_view text, const std::string& origin)
{
    std::vector<Accepted> all;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(text.size(), end + 1));
        const std::string_view day = next_word(line);
        if (day.empty() || day.starts_with('#')) {
            continue;
        }
        const std::string_view kind = next_word(line);
        Accepted accepted;
        accepted.day = day;
        accepted.cases = next_word(line);
        line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
        accepted.why = line.substr(0, std::min(line.find_last_not_of(" \t\r") + 1, line.size()));
        if (!is_day(day) || (kind != "baseline" && kind != "acknowledge") || accepted.cases.empty()) {
            throw ConfigError(
                say("{}:{}: not a line of accepted changes (a day, baseline or acknowledge, cases, why). "
                    "Write: 2026-02-03 baseline * new firmware",
                    origin, number));
        }
        accepted.kind = kind == "baseline" ? Accepted::Kind::baseline : Accepted::Kind::acknowledge;
        all.push_back(std::move(accepted));
    }
    return all;
}

Trends find_trends(const RunIndex& index, std::span<const Accepted> accepted, const TrendRule& rule)
{
    Trends trends;
    const Finder finder(index, accepted, rule);
    for (Gathered& gathered : gather(index)) {
        finder.look_at(std::move(gathered), trends);
    }
    if (trends.too_short == trends.series.size()) {
        trends.verdict = Verdict::not_measured;
    }
    for (const TrendEvent& event : trends.events) {
        if (event.kind == TrendKind::slower || event.kind == TrendKind::drop) {
            trends.verdict = Verdict::fail;
        } else if (event.kind == TrendKind::missing) {
            trends.verdict = worst(trends.verdict, Verdict::not_measured);
        }
    }
    return trends;
}

}  // namespace plumbline
