// SPDX-License-Identifier: Apache-2.0
#include "results/diagnosis/boundary_search.hpp"

#include "collectives/util/hash.hpp"
#include "results/statistics/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <numeric>
#include <utility>

namespace plumbline {
namespace {

constexpr std::size_t few_units = 10;
constexpr int power_steps = 60;

using Side = std::vector<char>;  ///< [unit] 1 = inside

std::size_t size_of(const Side& side)
{
    return static_cast<std::size_t>(std::count(side.begin(), side.end(), 1));
}

/// ln C(n, k)
double log_choices(std::size_t n, std::size_t k)
{
    const auto gamma = [](std::size_t value) { return std::lgamma(static_cast<double>(value) + 1); };
    return gamma(n) - gamma(k) - gamma(n - k);
}

bool counts(const Side& side)
{
    const std::size_t inside = size_of(side);
    return inside >= 2 && inside + 2 <= side.size();
}

class BoundarySearch {
public:
    BoundarySearch(const LinkDeviations& deviations, std::span<const LinkDirection> ways)
        : deviations_(deviations), ways_(ways)
    {
    }

    std::optional<SlowBoundary> run()
    {
        if (deviations_.units() < 4) {
            return std::nullopt;
        }
        if (deviations_.units() <= few_units) {
            try_all();
        } else {
            const Side side = split();
            for (const LinkDirection way : ways_) {
                improve(side, way);
            }
        }
        if (best_) {
            leave_out_units_without_data();
        }
        return best_ && best_->units.size() >= 2 && is_healthy_inside() ? best_ : std::nullopt;
    }

private:
    void try_all()
    {
        const std::size_t units = deviations_.units();
        for (std::uint64_t set = 1; set < (std::uint64_t{1} << (units - 1)); ++set) {
            Side side(units, 0);
            for (std::size_t unit = 0; unit < units; ++unit) {
                side[unit] = static_cast<char>((set >> unit) & 1U);
            }
            for (const LinkDirection way : ways_) {
                offer(side, way);
            }
        }
    }

    /// Gain of the side beyond its price; nothing where it is no boundary.
    std::optional<double> offer(const Side& side, LinkDirection way)
    {
        if (!counts(side)) {
            return std::nullopt;
        }
        const auto score = deviations_.exact_score(deviations_.of_boundary(side, way));
        if (!score || score->effect < smallest_effect || score->slow_share < least_slow_share) {
            return std::nullopt;
        }
        const double price = log_choices(side.size(), size_of(side));
        if (!best_ || score->gain - price > best_->score.gain - best_->price) {
            best_ = SlowBoundary{.units = {}, .way = way, .score = *score, .price = price};
            keep(side);
        }
        return score->gain - price;
    }

    /// Keeps the smaller side; the direction is seen from it.
    void keep(const Side& side)
    {
        const bool larger = 2 * size_of(side) > side.size();
        for (std::size_t unit = 0; unit < side.size(); ++unit) {
            if ((side[unit] != 0) != larger) {
                best_->units.push_back(unit);
            }
        }
        if (larger && best_->way != LinkDirection::both) {
            best_->way = best_->way == LinkDirection::out ? LinkDirection::in : LinkDirection::out;
        }
    }

    /// Moves single units to the other side while that explains more.
    void improve(Side side, LinkDirection way)
    {
        auto gain = offer(side, way);
        for (bool moved = gain.has_value(); moved;) {
            moved = false;
            for (std::size_t unit = 0; unit < side.size(); ++unit) {
                side[unit] ^= 1;
                const auto other = offer(side, way);
                if (other && *other > *gain) {
                    gain = other;
                    moved = true;
                } else {
                    side[unit] ^= 1;
                }
            }
        }
    }

    /// An entry of the symmetric matrix of units.
    struct Cell {
        std::size_t row = 0;
        std::size_t column = 0;
        double value = 0;
    };

    /// Of each two units that met the mean of both directions, as a deviation from the means of its row and column; 0
    /// elsewhere.
    std::vector<Cell> centred() const
    {
        const std::size_t n = deviations_.units();
        std::map<std::pair<std::size_t, std::size_t>, std::pair<double, double>> sums;  // and counts
        for (const LinkEntry& entry : deviations_.entries()) {
            if (!entry.aside) {
                auto& [sum, count] =
                    sums[std::pair(std::min(entry.from_unit, entry.to_unit), std::max(entry.from_unit, entry.to_unit))];
                sum += entry.log_s;
                count += 1;
            }
        }
        std::vector<Cell> cells;
        std::vector<double> row(n, 0);
        std::vector<double> known(n, 0);
        double total = 0;
        for (const auto& [units, both] : sums) {
            const double value = both.first / both.second;
            for (const auto& [one, other] :
                 {std::pair(units.first, units.second), std::pair(units.second, units.first)}) {
                cells.push_back({.row = one, .column = other, .value = value});
                row[one] += value;
                known[one] += 1;
                total += value;
            }
        }
        const double mean = cells.empty() ? 0 : total / static_cast<double>(cells.size());
        for (std::size_t i = 0; i < n; ++i) {
            row[i] = known[i] > 0 ? row[i] / known[i] : mean;
        }
        for (Cell& cell : cells) {
            cell.value += mean - row[cell.row] - row[cell.column];
        }
        return cells;
    }

    /// The two sides of the eigenvector of the most negative eigenvalue, by power iteration.
    Side split() const
    {
        const std::size_t n = deviations_.units();
        const std::vector<Cell> matrix = centred();
        std::vector<double> of_row(n, 0);
        for (const Cell& cell : matrix) {
            of_row[cell.row] += std::abs(cell.value);
        }
        const double shift = of_row.empty() ? 0 : *std::ranges::max_element(of_row);
        std::vector<double> vector(n);
        for (std::size_t i = 0; i < n; ++i) {
            vector[i] = static_cast<double>(hashed(1, i) >> 11U) * 0x1p-53 - 0.5;
        }
        for (int step = 0; step < power_steps; ++step) {
            std::vector<double> next(n);
            for (std::size_t i = 0; i < n; ++i) {
                next[i] = shift * vector[i];
            }
            for (const Cell& cell : matrix) {
                next[cell.row] -= cell.value * vector[cell.column];
            }
            const double norm = std::sqrt(std::inner_product(next.begin(), next.end(), next.begin(), 0.0));
            for (std::size_t i = 0; i < n; ++i) {
                vector[i] = norm > 0 ? next[i] / norm : 0;
            }
        }
        return two_sides(vector);
    }

    /// Split at the widest gap that leaves at least two units on each side.
    static Side two_sides(const std::vector<double>& vector)
    {
        std::vector<double> sorted = vector;
        std::sort(sorted.begin(), sorted.end());
        std::size_t at = 2;
        for (std::size_t i = 2; i + 1 < sorted.size(); ++i) {
            if (sorted[i] - sorted[i - 1] > sorted[at] - sorted[at - 1]) {
                at = i;
            }
        }
        Side side;
        for (const double value : vector) {
            side.push_back(value < sorted[at] ? 1 : 0);
        }
        return side;
    }

    /// Units all of whose links are set aside may lie on either side.
    void leave_out_units_without_data()
    {
        std::vector<char> known(deviations_.units(), 0);
        for (const LinkEntry& entry : deviations_.entries()) {
            if (!entry.aside) {
                known[entry.from_unit] = known[entry.to_unit] = 1;
            }
        }
        std::erase_if(best_->units, [&](std::size_t unit) { return known[unit] == 0; });
    }

    Side side_of_best() const
    {
        Side side(deviations_.units(), 0);
        for (const std::size_t unit : best_->units) {
            side[unit] = 1;
        }
        return side;
    }

    /// Units that are slow with those of their own side, by more than half of the boundary's effect.
    std::vector<SlowUnit> slow_on_their_own_side() const
    {
        constexpr std::size_t two_partners_both_ways = 4;
        const Side side = side_of_best();
        std::vector<std::vector<double>> of_unit(side.size());
        std::vector<double> all;
        for (const LinkEntry& entry : deviations_.entries()) {
            if (!entry.aside && side[entry.from_unit] == side[entry.to_unit]) {
                of_unit[entry.from_unit].push_back(entry.log_s);
                of_unit[entry.to_unit].push_back(entry.log_s);
                all.push_back(entry.log_s);
            }
        }
        const double level = median(all).value_or(0);
        std::vector<SlowUnit> slow;
        for (std::size_t unit = 0; unit < side.size(); ++unit) {
            const double effect = median(of_unit[unit]).value_or(level) - level;
            if (of_unit[unit].size() >= two_partners_both_ways && effect > best_->score.effect / 2) {
                slow.push_back({.unit = unit, .effect = effect});
            }
        }
        return slow;
    }

    /// Whether links are equally fast within both sides, units that are slow everywhere left out.
    bool is_healthy_inside()
    {
        const Side side = side_of_best();
        Side left_out(side.size(), 0);
        for (const SlowUnit& slow : slow_on_their_own_side()) {
            left_out[slow.unit] = 1;
            if (!best_->slow_unit || slow.effect > best_->slow_unit->effect) {
                best_->slow_unit = slow;
            }
        }
        std::vector<double> inside;
        std::vector<double> outside;
        for (const LinkEntry& entry : deviations_.entries()) {
            if (!entry.aside && side[entry.from_unit] == side[entry.to_unit] && left_out[entry.from_unit] == 0 &&
                left_out[entry.to_unit] == 0) {
                (side[entry.from_unit] != 0 ? inside : outside).push_back(entry.log_s);
            }
        }
        const auto in = median(inside);
        const auto out = median(outside);
        return in && out && std::abs(*in - *out) < best_->score.effect / 2;
    }

    const LinkDeviations& deviations_;
    std::span<const LinkDirection> ways_;
    std::optional<SlowBoundary> best_;
};

}  // namespace

std::optional<SlowBoundary> find_slow_boundary(const LinkDeviations& deviations, std::span<const LinkDirection> ways)
{
    return BoundarySearch(deviations, ways).run();
}

}  // namespace plumbline
