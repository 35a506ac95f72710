// SPDX-License-Identifier: Apache-2.0
#include "results/layout/columns.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <variant>

namespace plumbline::layout {

namespace {

/// Sums may be taken in another order by another compiler.
constexpr double same_but_rounding = 1e-9;

bool same(double a, double b)
{
    return a == b || (std::isnan(a) && std::isnan(b)) ||
           std::abs(a - b) <= same_but_rounding * std::max(std::abs(a), std::abs(b));
}
template <class T>
bool same(const T& a, const T& b)
{
    return a == b;
}

}  // namespace

void compare_column(const hdf5::Table& table, const hdf5::Column& right, std::span<const std::size_t> places,
                    const std::function<std::string(std::size_t)>& where, std::vector<Contradiction>& found)
{
    std::visit(
        [&]<class T>(const std::vector<T>& values) {
            const auto stored = table.column<T>(right.name);
            for (std::size_t i = 0; i < values.size(); ++i) {
                if (!same(stored[places[i]], values[i])) {
                    found.push_back({.where = where(places[i]),
                                     .field = right.name,
                                     .stored = fmt::format("{}", stored[places[i]]),
                                     .recomputed = fmt::format("{}", values[i])});
                }
            }
        },
        right.values);
}

std::vector<Contradiction> compare_table(hid_t file, const std::string& path, std::span<const hdf5::Column> right)
{
    const hdf5::Table table(file, path);
    const std::size_t rows =
        right.empty() ? 0 : std::visit([](const auto& values) { return values.size(); }, right.front().values);
    if (table.rows() != rows) {
        return {{.where = path,
                 .field = "rows",
                 .stored = std::to_string(table.rows()),
                 .recomputed = std::to_string(rows)}};
    }
    std::vector<std::size_t> places(rows);
    std::iota(places.begin(), places.end(), std::size_t{0});
    std::vector<Contradiction> found;
    for (const hdf5::Column& column : right) {
        compare_column(table, column, places, [&](std::size_t i) { return fmt::format("{} row {}", path, i); }, found);
    }
    return found;
}

int narrow(std::int64_t value)
{
    if (value < 0 || value > std::numeric_limits<int>::max()) {
        throw hdf5::Error(say("impossible count {}", value));
    }
    return static_cast<int>(value);
}

}  // namespace plumbline::layout
