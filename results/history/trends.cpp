#include "results/history/trends.hpp"

#include "collectives/error.hpp"
#include "results/statistics.hpp"

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

constexpr std::size_t shortest = 4;

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

std::vector<Series> series_of(const RunIndex& index, std::span<const Accepted> accepted)
{
    std::map<std::pair<std::string, std::string>, Series> by_key;
    for (std::size_t i = 0; i < index.runs.size(); ++i) {
        const IndexedRun& run = index.runs[i];
        const std::string day = day_of(run.started_unix_s);
        for (const IndexedCase& c : run.cases) {
            const bool before_baseline = std::any_of(accepted.begin(), accepted.end(), [&](const Accepted& a) {
                return a.kind == Accepted::Kind::baseline && day < a.day && matches_glob(a.cases, c.key);
            });
            if (before_baseline) {
                continue;
            }
            Series& series = by_key[{c.key, run.where}];
            series.key = c.key;
            series.where = run.where;
            series.runs.push_back(i);
            series.median_s.push_back(c.median_s);
            series.low_s.push_back(c.low_s);
            series.high_s.push_back(c.high_s);
        }
    }
    std::vector<Series> all;
    for (auto& [key, series] : by_key) {
        all.push_back(std::move(series));
    }
    return all;
}

/// What the environment says of a change between two runs.
std::string circumstances(const IndexedRun& before, const IndexedRun& after)
{
    return before.library == after.library ? "" : fmt::format("library {} -> {}", before.library, after.library);
}

class Finder {
public:
    Finder(const RunIndex& index, std::span<const Accepted> accepted, const TrendRule& rule)
        : index_(index), accepted_(accepted), rule_(rule)
    {
    }

    void look_at(const Series& series, Trends& into) const
    {
        if (series.runs.size() < shortest) {
            ++into.too_short;
        }
        std::vector<double> logarithms;
        for (const double s : series.median_s) {
            logarithms.push_back(std::log(s));
        }
        const ChangeRule change_rule{
            .max_p = rule_.max_p, .min_magnitude = std::log1p(rule_.min_change), .min_spreads = 2};
        const auto changes = detect_changes(logarithms, change_rule);
        for (std::size_t i = 0; i < changes.size(); ++i) {
            const std::size_t end = i + 1 < changes.size() ? changes[i + 1].index : series.runs.size();
            into.events.push_back(event(series, changes[i], end));
        }
        const std::size_t since = changes.empty() ? 0 : changes.back().index;
        if (auto drop = guard(series, since)) {
            into.events.push_back(std::move(*drop));
        }
    }

private:
    TrendEvent event(const Series& series, const ChangePoint& change, std::size_t end) const
    {
        TrendEvent event = at(series, change.index);
        event.before_s = std::exp(change.before);
        event.after_s = std::exp(change.after);
        event.change = event.after_s / event.before_s - 1;
        event.p_value = change.p_value;
        event.runs_before = change.index;
        event.runs_after = end - change.index;
        const bool last = end == series.runs.size();
        event.kind = !last ? TrendKind::earlier : event.change > 0 ? TrendKind::slower : TrendKind::faster;
        event.why = circumstances(index_.runs[series.runs[change.index - 1]], index_.runs[series.runs[change.index]]);
        acknowledge(event);
        return event;
    }

    TrendEvent at(const Series& series, std::size_t i) const
    {
        TrendEvent event;
        event.key = series.key;
        event.where = series.where;
        event.file = index_.runs[series.runs[i]].file;
        event.day = day_of(index_.runs[series.runs[i]].started_unix_s);
        return event;
    }

    /// Whether each run from `first` on is far slower than the median of those since the last change, by the better
    /// end of its interval.
    bool far_slower(const Series& series, std::size_t since, std::size_t first) const
    {
        const double baseline = median(std::span(series.median_s).subspan(since, first - since)).value_or(0);
        return std::all_of(series.low_s.begin() + static_cast<std::ptrdiff_t>(first), series.low_s.end(),
                           [&](const auto& low) { return low && baseline / *low < 1 - rule_.guard_drop; });
    }

    /// The last runs against those since the last change: each slower than any of them, and far. The longest row of
    /// such runs counts, so a second one that is a little faster than the first confirms it.
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
        TrendEvent event = at(series, *first);
        event.kind = TrendKind::drop;
        event.before_s = median(medians.subspan(since, *first - since)).value_or(0);
        event.after_s = median(medians.subspan(*first)).value_or(0);
        event.change = event.after_s / event.before_s - 1;
        event.runs_before = *first - since;
        event.runs_after = series.runs.size() - *first;
        event.why = circumstances(index_.runs[series.runs[*first - 1]], index_.runs[series.runs[*first]]);
        acknowledge(event);
        return event;
    }

    void acknowledge(TrendEvent& event) const
    {
        if (event.kind != TrendKind::slower && event.kind != TrendKind::drop) {
            return;
        }
        for (const Accepted& a : accepted_) {
            if (a.kind == Accepted::Kind::acknowledge && a.day == event.day && matches_glob(a.cases, event.key)) {
                event.kind = TrendKind::acknowledged;
                event.why = a.why;
            }
        }
    }

    const RunIndex& index_;
    std::span<const Accepted> accepted_;
    TrendRule rule_;
};

}  // namespace

std::string_view name(TrendKind kind)
{
    constexpr std::array<std::string_view, 5> names{"slower", "faster", "earlier", "acknowledged", "drop"};
    return names.at(static_cast<std::size_t>(kind));
}

bool matches_glob(std::string_view pattern, std::string_view text)
{
    // The last * takes one character more whenever what follows it doesn't fit.
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
                fmt::format("{}:{}: not a line of accepted changes (a day, baseline or acknowledge, cases, why). "
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
    trends.series = series_of(index, accepted);
    const Finder finder(index, accepted, rule);
    for (const Series& series : trends.series) {
        finder.look_at(series, trends);
    }
    if (trends.too_short == trends.series.size()) {
        trends.verdict = Verdict::not_measured;
    }
    for (const TrendEvent& event : trends.events) {
        if (event.kind == TrendKind::slower || event.kind == TrendKind::drop) {
            trends.verdict = Verdict::fail;
        }
    }
    return trends;
}

}  // namespace plumbline
