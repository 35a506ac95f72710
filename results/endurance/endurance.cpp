// SPDX-License-Identifier: Apache-2.0
#include "results/endurance/endurance.hpp"

#include "results/statistics/change_points.hpp"

#include <algorithm>
#include <cmath>

namespace plumbline {

namespace {

constexpr double seconds_of_day = 86'400;

/// From each fault to `until`, overlapping ones merged; what was not reached lasts to the last record.
std::vector<Stretch> stretches(const Soak& soak, Moment until)
{
    std::vector<Stretch> all;
    if (!soak.first_step_unix_s) {
        return all;
    }
    for (const SoakEvent& event : soak.events) {
        if (!event.interrupts()) {
            continue;
        }
        const double from = std::max(event.moment(Moment::fault).value_or(soak.last_unix_s), *soak.first_step_unix_s);
        const double to = std::min(event.moment(until).value_or(soak.last_unix_s), soak.last_unix_s);
        if (to > from) {
            all.push_back({.from_s = from, .to_s = to});
        }
    }
    std::ranges::sort(all, {}, &Stretch::from_s);
    std::vector<Stretch> apart;
    for (const Stretch& next : all) {
        if (!apart.empty() && next.from_s <= apart.back().to_s) {
            apart.back().to_s = std::max(apart.back().to_s, next.to_s);
        } else {
            apart.push_back(next);
        }
    }
    return apart;
}

double total(const std::vector<Stretch>& all)
{
    double sum = 0;
    for (const Stretch& one : all) {
        sum += one.length_s();
    }
    return sum;
}

double within(const std::vector<Stretch>& all, double from_s, double to_s)
{
    double sum = 0;
    for (const Stretch& one : all) {
        sum += std::max(std::min(one.to_s, to_s) - std::max(one.from_s, from_s), 0.0);
    }
    return sum;
}

BandwidthTrend trend_of(const std::string& what, const std::vector<SweepPoint>& points)
{
    BandwidthTrend trend{.what = what, .first = 0, .last = 0, .decay = {}, .interval = {}, .changes = {}};
    const double begin = points.front().unix_s;
    const double end = points.back().unix_s;
    const double window = std::min(seconds_of_day, (end - begin) / 2);
    std::vector<double> first;
    std::vector<double> last;
    std::vector<double> logs;
    for (const SweepPoint& point : points) {
        logs.push_back(std::log(point.bytes_per_s));
        if (point.unix_s < begin + window) {
            first.push_back(point.bytes_per_s);
        } else if (point.unix_s > end - window) {
            last.push_back(point.bytes_per_s);
        }
    }
    trend.first = first.size();
    trend.last = last.size();
    const auto before = median(first);
    const auto after = median(last);
    if (before && after) {
        trend.decay = 1 - *after / *before;
    }
    constexpr double confidence = 0.95;
    if (const auto ratio = median_ratio_interval(last, first, confidence)) {
        trend.interval = Interval{.low = 1 - ratio->high, .high = 1 - ratio->low};
    }
    constexpr double smallest_change = 0.02;
    for (const ChangePoint& change : detect_changes(logs, {.max_p = 1e-4, .min_magnitude = smallest_change})) {
        trend.changes.push_back(
            {.unix_s = points[change.index].unix_s, .ratio = std::exp(change.after - change.before)});
    }
    return trend;
}

}  // namespace

std::vector<Stretch> stretches_down(const Soak& soak)
{
    return stretches(soak, Moment::stepped);
}

std::vector<Stretch> stretches_lost(const Soak& soak)
{
    return stretches(soak, Moment::regained);
}

double TimeSpent::effective_s() const
{
    return std::max(wall_s - lost_s - checkpoint_s, 0.0);
}

std::optional<double> TimeSpent::effective_ratio() const
{
    return wall_s > 0 ? std::optional(effective_s() / wall_s) : std::nullopt;
}

TimeSpent time_spent(const Soak& soak)
{
    return {.wall_s = soak.wall_s(),
            .lost_s = total(stretches_lost(soak)),
            .down_s = total(stretches_down(soak)),
            .checkpoint_s = soak.checkpoint_s};
}

std::vector<Availability> availability(const Soak& soak, double length_s)
{
    std::vector<Availability> rows;
    if (!soak.first_step_unix_s) {
        return rows;
    }
    const auto down = stretches_down(soak);
    const auto lost = stretches_lost(soak);
    for (std::size_t i = 0;; ++i) {
        const double from = *soak.first_step_unix_s + static_cast<double>(i) * length_s;
        if (from >= soak.last_unix_s) {
            break;
        }
        const double to = std::min(from + length_s, soak.last_unix_s);
        Availability row{.from_unix_s = from, .length_s = to - from, .up = 0, .effective = 0, .events = 0};
        double checkpoint_s = 0;
        const auto first_hour = static_cast<std::size_t>(std::lround(static_cast<double>(i) * length_s / 3600));
        const auto end_hour = static_cast<std::size_t>(std::lround(static_cast<double>(i + 1) * length_s / 3600));
        for (std::size_t hour = first_hour; hour < std::min(end_hour, soak.hours.size()); ++hour) {
            checkpoint_s += soak.hours[hour].checkpoint_s;
        }
        row.up = 1 - within(down, from, to) / row.length_s;
        row.effective = std::max(1 - (within(lost, from, to) + checkpoint_s) / row.length_s, 0.0);
        for (const SoakEvent& event : soak.events) {
            const double at = event.moment(Moment::fault).value_or(0);
            row.events += event.interrupts() && at >= from && at < to ? 1U : 0U;
        }
        rows.push_back(row);
    }
    return rows;
}

std::size_t interruptions(const Soak& soak)
{
    return static_cast<std::size_t>(std::ranges::count_if(soak.events, &SoakEvent::unplanned));
}

std::size_t wrong_data_events(const Soak& soak)
{
    return static_cast<std::size_t>(
        std::ranges::count_if(soak.events, [](const SoakEvent& e) { return e.cause == Cause::data_was_wrong; }));
}

std::vector<BandwidthTrend> bandwidth_trends(const Soak& soak)
{
    std::vector<BandwidthTrend> trends;
    for (const auto& [what, points] : soak.sweeps) {
        std::vector<SweepPoint> measured;
        std::ranges::copy_if(points, std::back_inserter(measured),
                             [](const SweepPoint& point) { return point.bytes_per_s > 0; });
        if (!measured.empty()) {
            trends.push_back(trend_of(what, measured));
        }
    }
    return trends;
}

}  // namespace plumbline
