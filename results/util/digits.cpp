// SPDX-License-Identifier: Apache-2.0
#include "results/util/digits.hpp"

#include "collectives/util/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <limits>

namespace plumbline::text {
namespace {

constexpr int most_digits = 17;

double read_number(const std::string& written)
{
    return std::strtod(written.c_str(), nullptr);
}

struct TimeUnit {
    double seconds;
    const char* name;
};
constexpr std::array time_units{TimeUnit{86'400, "d"}, TimeUnit{3600, "h"}, TimeUnit{60, "min"}, TimeUnit{1, "s"}};

/// The largest of which it is two and more.
const TimeUnit& unit_of_time(double seconds)
{
    const auto* const unit =
        std::ranges::find_if(time_units, [&](const TimeUnit& u) { return seconds >= 2 * u.seconds; });
    return unit == time_units.end() ? time_units.back() : *unit;
}

int side(double value, double limit)
{
    return static_cast<int>(value > limit) - static_cast<int>(value < limit);
}

}  // namespace

Notation plain_number()
{
    return {.write = [](double value, int digits) { return fmt::format("{:.{}g}", value, digits); },
            .read = read_number};
}

Notation with_unit_of_s()
{
    return {.write = [](double value, int digits) { return format_seconds(value, digits); },
            .read = [](const std::string& written) { return parse_seconds(written).value_or(std::nan("")); }};
}

Notation with_unit_of_time()
{
    return {.write =
                [](double value, int digits) {
                    if (!std::isfinite(value)) {
                        return std::string("no limit");
                    }
                    const TimeUnit& unit = unit_of_time(value);
                    const double scaled = value / unit.seconds;
                    const int before = scaled < 1 ? 1 : static_cast<int>(std::floor(std::log10(scaled))) + 1;
                    return fmt::format("{:.{}f} {}", scaled, std::max(digits - before, 0), unit.name);
                },
            .read =
                [](const std::string& written) {
                    return written == "no limit" ? std::numeric_limits<double>::infinity()
                                                 : parse_seconds(written).value_or(std::nan(""));
                }};
}

Notation fixed_point(int fewest)
{
    return {.write = [](double value, int digits) { return fmt::format("{:.{}f}", value, digits); },
            .read = read_number,
            .fewest = fewest};
}

std::vector<std::string> written_apart(std::span<const double> values, std::span<const double> limits,
                                       const Notation& notation)
{
    std::vector<std::string> texts(values.size());
    for (int digits = notation.fewest; digits <= most_digits; ++digits) {
        bool apart = true;
        for (std::size_t i = 0; i < values.size(); ++i) {
            texts[i] = notation.write(values[i], digits);
            const double written = notation.read(texts[i]);
            apart = apart && std::ranges::all_of(
                                 limits, [&](double limit) { return side(written, limit) == side(values[i], limit); });
        }
        if (apart) {
            break;
        }
    }
    return texts;
}

std::string written_in_full(double bound)
{
    std::string text = fmt::format("{:.10g}", bound);
    return read_number(text) == bound ? text : shortest_number(bound);
}

std::string duration_in_full(double bound_s)
{
    for (const TimeUnit& unit : time_units) {
        const double scaled = bound_s / unit.seconds;
        if (scaled >= 1 && scaled == std::floor(scaled)) {
            return fmt::format("{} {}", written_in_full(scaled), unit.name);
        }
    }
    return written_in_full(bound_s) + " s";
}

}  // namespace plumbline::text
