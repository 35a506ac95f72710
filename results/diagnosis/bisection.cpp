// SPDX-License-Identifier: Apache-2.0
#include "results/diagnosis/bisection.hpp"

#include "results/statistics/statistics.hpp"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <utility>

namespace plumbline {
namespace {

/// a0 b0 a1 b1 ...: a ring all of whose links go across.
std::vector<int> alternating(const std::vector<int>& a, const std::vector<int>& b)
{
    std::vector<int> ring;
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
        ring.push_back(a[i]);
        ring.push_back(b[i]);
    }
    return ring;
}

}  // namespace

BisectionSearch::BisectionSearch(int units) : units_(units)
{
    if (units > 1) {
        Units all(static_cast<std::size_t>(units));
        std::iota(all.begin(), all.end(), 0);
        planned_.push_back({.units = std::move(all), .seconds = {}});
    }
}

std::vector<std::vector<int>> BisectionSearch::next() const
{
    std::vector<std::vector<int>> rings;
    std::ranges::transform(planned_, std::back_inserter(rings), &Ring::units);
    return rings;
}

bool BisectionSearch::looks_slow(const std::vector<double>& seconds) const
{
    constexpr double on_the_way = 0.95;
    const auto interval = median_ratio_interval(seconds, reference_s_, on_the_way);
    return interval && interval->low > least;
}

bool BisectionSearch::is_slow(const std::vector<double>& seconds)
{
    ++named_tests_;
    const double chance = false_names / (named_tests_ * (named_tests_ + 1.0));
    const auto interval = median_ratio_interval(seconds, control(), 1 - chance);
    return interval && interval->low > least;
}

const std::vector<double>& BisectionSearch::control() const
{
    const auto ring = std::ranges::find(planned_, Purpose::control, &Ring::purpose);
    return ring == planned_.end() ? reference_s_ : ring->seconds;
}

/// Adds known-good units until the ring has three, where there are enough: the nearest ones below the first half of a
/// set or above the second, else on the other side.
BisectionSearch::Units BisectionSearch::filled(Units units, Side side, const std::set<int>& taken) const
{
    Units below;
    Units above;
    for (const int good : good_) {
        if (!taken.contains(good) && std::ranges::find(units, good) == units.end()) {
            (good < units.front() ? below : above).push_back(good);
        }
    }
    while (units.size() < least_ring && !(below.empty() && above.empty())) {
        if (above.empty() || (side == Side::below && !below.empty())) {
            units.insert(units.begin(), below.back());
            below.pop_back();
        } else {
            units.push_back(above.front());
            above.erase(above.begin());
        }
    }
    return units;
}

/// Adds the rings of a set to the next step; false where it has to wait or can't be tested.
bool BisectionSearch::plan_set(std::size_t index, std::set<int>& used)
{
    const Units& units = open_[index].units;
    if (std::ranges::any_of(units, [&](int unit) { return used.contains(unit); })) {
        return false;
    }
    std::set<int> taken = used;
    taken.insert(units.begin(), units.end());
    const auto middle = units.begin() + static_cast<std::ptrdiff_t>((units.size() + 1) / 2);
    std::vector<Ring> rings;
    for (const std::size_t part : {std::size_t{0}, std::size_t{1}}) {
        const Units half = part == 0 ? Units(units.begin(), middle) : Units(middle, units.end());
        if (half.empty()) {
            continue;
        }
        const Units ring = filled(half, part == 0 ? Side::below : Side::above, taken);
        if (ring.size() > 1) {
            taken.insert(ring.begin(), ring.end());
            rings.push_back({.units = ring,
                             .purpose = half.size() > 1 ? Purpose::half : Purpose::single,
                             .of = index,
                             .part = part,
                             .seconds = {}});
        }
    }
    if (rings.empty()) {
        return false;
    }
    used = taken;
    planned_.insert(planned_.end(), rings.begin(), rings.end());
    return true;
}

bool BisectionSearch::plan_seam(std::size_t index, std::set<int>& used)
{
    const Seam& seam = seams_[index];
    std::set<int> taken = used;
    std::vector<Ring> rings;
    const auto add = [&](Purpose purpose, std::size_t part, Units units) {
        taken.insert(units.begin(), units.end());
        rings.push_back({.units = std::move(units), .purpose = purpose, .of = index, .part = part, .seconds = {}});
    };
    Units ends{seam.a.back(), seam.b.front()};
    if (!seam.zip && seam.a.size() > 1 && seam.b.size() > 1) {
        ends.push_back(seam.a.front());
        ends.push_back(seam.b.back());
    }
    if (std::ranges::any_of(seam.zip ? alternating(seam.a, seam.b) : ends,
                            [&](int unit) { return used.contains(unit); })) {
        return false;
    }
    if (seam.zip) {
        add(Purpose::zip, 0, alternating(seam.a, seam.b));
    } else {
        taken.insert(ends.begin(), ends.end());
        add(Purpose::seam, 0, filled({seam.a.back(), seam.b.front()}, Side::below, taken));
        if (ends.size() > 2) {
            add(Purpose::seam, 1, filled({seam.b.back(), seam.a.front()}, Side::above, taken));
        }
    }
    used = taken;
    planned_.insert(planned_.end(), rings.begin(), rings.end());
    return true;
}

/// Adds a control ring, neighbours of a good ring, to a step that may name something.
void BisectionSearch::plan_control(const std::set<int>& used)
{
    if (std::ranges::none_of(planned_, [](const Ring& ring) { return ring.purpose != Purpose::half; })) {
        return;
    }
    for (const Units& ring : good_rings_) {
        for (std::size_t i = 0; i + least_ring <= ring.size(); ++i) {
            const Units part(ring.begin() + static_cast<std::ptrdiff_t>(i),
                             ring.begin() + static_cast<std::ptrdiff_t>(i + least_ring));
            if (std::ranges::none_of(part, [&](int unit) { return used.contains(unit); })) {
                planned_.push_back({.units = part, .purpose = Purpose::control, .seconds = {}});
                return;
            }
        }
    }
}

/// Units that are slow with all others may be fast among themselves: then the boundary around them is slow.
void BisectionSearch::plan_joint(std::set<int>& used)
{
    if (candidates_.size() < 2) {
        findings_.insert(findings_.begin(), candidates_.begin(), candidates_.end());
        candidates_.clear();
        return;
    }
    Units units;
    for (const BisectFinding& candidate : candidates_) {
        units.push_back(candidate.units.front());
    }
    std::ranges::sort(units);
    used.insert(units.begin(), units.end());
    planned_.push_back({.units = std::move(units), .purpose = Purpose::joint, .seconds = {}});
}

void BisectionSearch::settle_joint(const Ring& ring)
{
    const auto candidates = std::exchange(candidates_, {});
    if (is_slow(ring.seconds)) {
        findings_.insert(findings_.begin(), candidates.begin(), candidates.end());
        return;
    }
    BisectFinding boundary = candidates.front();
    boundary.kind = BisectKind::boundary;
    boundary.units = ring.units;
    findings_.push_back(std::move(boundary));
}

void BisectionSearch::plan()
{
    planned_.clear();
    std::set<int> used;
    for (std::size_t i = 0; i < seams_.size(); ++i) {
        plan_seam(i, used);
    }
    for (std::size_t i = 0; i < open_.size(); ++i) {
        plan_set(i, used);
    }
    if (planned_.empty()) {
        plan_joint(used);
    }
    if (planned_.empty()) {  // no partner is left for the open sets
        if (contrast_) {
            unresolved_ += static_cast<std::size_t>(
                std::ranges::count_if(open_, [&](const Set& set) { return looks_slow(set.seconds); }));
        }
        open_.clear();
        return;
    }
    plan_control(used);
}

void BisectionSearch::add(std::vector<std::vector<double>> seconds)
{
    ++steps_;
    for (std::size_t i = 0; i < planned_.size(); ++i) {
        planned_[i].seconds = std::move(seconds.at(i));
        seen_.push_back(planned_[i].seconds);
        const auto middle = median(planned_[i].seconds);
        if (middle && (reference_s_.empty() || *middle < *median(reference_s_))) {
            reference_s_ = planned_[i].seconds;
        }
    }
    contrast_ = contrast_ || std::ranges::any_of(seen_, [&](const auto& ring) { return looks_slow(ring); });

    const auto sets = std::exchange(open_, {});
    const auto seams = std::exchange(seams_, {});
    for (std::size_t i = 0; i < sets.size(); ++i) {
        std::vector<const Ring*> rings;
        for (const Ring& ring : planned_) {
            if ((ring.purpose == Purpose::half || ring.purpose == Purpose::single) && ring.of == i) {
                rings.push_back(&ring);
            }
        }
        rings.empty() ? open_.push_back(sets[i]) : settle_set(sets[i], rings);
    }
    for (std::size_t i = 0; i < seams.size(); ++i) {
        std::vector<const Ring*> rings;
        for (const Ring& ring : planned_) {
            if ((ring.purpose == Purpose::seam || ring.purpose == Purpose::zip) && ring.of == i) {
                rings.push_back(&ring);
            }
        }
        rings.empty() ? seams_.push_back(seams[i]) : settle_seam(seams[i], rings);
    }
    if (planned_.front().purpose == Purpose::joint) {
        settle_joint(planned_.front());
    }
    if (planned_.front().purpose == Purpose::whole) {
        open_.push_back({.units = planned_.front().units, .seconds = planned_.front().seconds});
    }
    plan();
}

/// A single unit with its next known-good neighbour away from the seam, so that a boundary differs from a link.
BisectionSearch::Units BisectionSearch::beside(const Units& units, int unit) const
{
    if (units.size() > 1) {
        return units;
    }
    const bool first = unit == units.front() - 1;  // the unit to leave out lies below
    const auto above = good_.upper_bound(std::max(units.front(), unit));
    const auto below = good_.lower_bound(std::min(units.front(), unit));
    if (first) {
        return above == good_.end() ? units : Units{units.front(), *above};
    }
    return below == good_.begin() ? units : Units{*std::prev(below), units.front()};
}

void BisectionSearch::settle_set(const Set& set, const std::vector<const Ring*>& rings)
{
    if (contrast_ && !looks_slow(set.seconds)) {  // its units are good, whatever the other links of their halves are
        good_.insert(set.units.begin(), set.units.end());
        good_rings_.push_back(set.units);
        if (!set.outer.empty()) {
            fall_back(set.outer);
        }
        return;
    }
    bool any_slow = false;
    const std::size_t opened = open_.size();
    const auto middle = set.units.begin() + static_cast<std::ptrdiff_t>((set.units.size() + 1) / 2);
    std::vector<Units> halves{Units(set.units.begin(), middle), Units(middle, set.units.end())};
    for (const Ring* ring : rings) {
        const Units& half = halves[ring->part];
        if (ring->purpose == Purpose::single) {
            if (is_slow(ring->seconds)) {
                any_slow = true;
                name(BisectKind::unit, half, {}, ring->seconds);
            } else {
                good_.insert(half.front());
            }
        } else if (!contrast_ || looks_slow(ring->seconds)) {
            any_slow = true;
            open_.push_back({.units = half, .seconds = ring->seconds});
        } else {
            good_.insert(half.begin(), half.end());
            good_rings_.push_back(half);
        }
    }
    const bool halved = halves[0].size() > 1 && halves[1].size() > 1;
    if (open_.size() == opened + 1 && halved && contrast_) {
        open_.back().outer = set.outer;
        open_.back().outer.push_back({.a = halves[0], .b = halves[1], .first_s = {}, .second_s = {}});
    }
    if (rings.size() == 1 && !halves[1].empty()) {  // its last unit had no partner yet
        open_.push_back({.units = halves[1 - rings.front()->part], .seconds = set.seconds});
        return;
    }
    if (any_slow || halves[1].empty()) {
        return;
    }
    seams_.push_back({.a = beside(halves[0], halves[1].front()),
                      .b = beside(halves[1], halves[0].back()),
                      .outer = set.outer,
                      .first_s = {},
                      .second_s = {}});
}

/// A set that looked slow led to nothing: the next boundary around it is tested instead.
void BisectionSearch::fall_back(std::vector<Seam> outer)
{
    if (outer.empty()) {
        ++cleared_;
        return;
    }
    Seam next = std::move(outer.back());
    outer.pop_back();
    next.outer = std::move(outer);
    seams_.push_back(std::move(next));
}

void BisectionSearch::settle_seam(Seam seam, const std::vector<const Ring*>& rings)
{
    if (seam.zip) {
        if (is_slow(rings.front()->seconds)) {
            name(BisectKind::boundary, seam.a, seam.b, rings.front()->seconds);
        } else {
            name(BisectKind::link, {seam.a.back(), seam.b.front()}, {}, seam.first_s);
            name(BisectKind::link, {seam.a.front(), seam.b.back()}, {}, seam.second_s);
        }
        return;
    }
    std::vector<bool> slow_ends;
    std::ranges::transform(rings, std::back_inserter(slow_ends),
                           [&](const Ring* ring) { return is_slow(ring->seconds); });
    if (std::ranges::count(slow_ends, true) == 2) {
        seam.zip = true;
        seam.first_s = rings[0]->seconds;
        seam.second_s = rings[1]->seconds;
        seams_.push_back(std::move(seam));
        return;
    }
    const auto end = std::ranges::find(slow_ends, true);
    if (end == slow_ends.end()) {
        fall_back(std::move(seam.outer));
        return;
    }
    const Ring& ring = *rings[static_cast<std::size_t>(end - slow_ends.begin())];
    name(BisectKind::link, ring.part == 0 ? Units{seam.a.back(), seam.b.front()} : Units{seam.a.front(), seam.b.back()},
         {}, ring.seconds);
}

void BisectionSearch::name(BisectKind kind, Units units, Units others, const std::vector<double>& seconds)
{
    auto& found = kind == BisectKind::unit ? candidates_ : findings_;
    found.push_back({.kind = kind,
                     .units = std::move(units),
                     .others = std::move(others),
                     .seconds = seconds,
                     .control_s = control()});
}

}  // namespace plumbline
