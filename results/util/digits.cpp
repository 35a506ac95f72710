// SPDX-License-Identifier: Apache-2.0
#include "results/util/digits.hpp"

#include "collectives/util/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdlib>

namespace plumbline::text {
namespace {

constexpr int most_digits = 17;

double read_number(const std::string& written)
{
    return std::strtod(written.c_str(), nullptr);
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

}  // namespace plumbline::text
