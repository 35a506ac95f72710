// SPDX-License-Identifier: Apache-2.0
#include "results/history/trend_story.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <ctime>
#include <string>
#include <string_view>

namespace plumbline {
namespace {

std::tm utc(double unix_s)
{
    const double latest = 253402300799;  // year 9999
    return fmt::gmtime(static_cast<std::time_t>(std::clamp(unix_s, 0.0, latest)));
}

/// "12 Nov", "12 Nov 2025" of another year than now.
Sentence day_said(double unix_s, double now_unix_s)
{
    constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const std::tm day = utc(unix_s);
    const std::string_view month = months.at(static_cast<std::size_t>(day.tm_mon));
    const Sentence number = std::to_string(day.tm_mday);
    // A row of the catalogue for each month: not every language has names for them.
    return day.tm_year == utc(now_unix_s).tm_year
               ? Sentence(fmt::format("{{}} {}", month), {number})
               : Sentence(fmt::format("{{}} {} {{}}", month), {number, Sentence(std::to_string(day.tm_year + 1900))});
}

}  // namespace

Sentence story_of(const TrendEvent& event, double now_unix_s)
{
    const Sentence day = day_said(event.unix_s, now_unix_s);
    if (!event.change) {
        return say("not measured since {}", day);
    }
    const double by = 100 * std::abs(*event.change);
    const std::string share = by < 9.95 ? fmt::format("{:.1f}", by) : fmt::format("{:.0f}", by);
    const std::string percent = share.ends_with(".0") ? share.substr(0, share.size() - 2) : share;
    if (*event.change < 0) {
        return say("sped up on {} by {} %", day, percent);
    }
    return event.recovered_unix_s ? say("slowed on {} by {} %, recovered on {}", day, percent,
                                        day_said(*event.recovered_unix_s, now_unix_s))
                                  : say("slowed on {} by {} %", day, percent);
}

}  // namespace plumbline
