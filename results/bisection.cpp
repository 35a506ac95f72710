#include "results/bisection.hpp"

#include "results/statistics.hpp"

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

Bisection::Bisection(int units) : units_(units)
{
    if (units > 1) {
        Units all(static_cast<std::size_t>(units));
        std::iota(all.begin(), all.end(), 0);
        planned_.push_back({.units = std::move(all), .seconds = {}});
    }
}

std::vector<std::vector<int>> Bisection::next() const
{
    std::vector<std::vector<int>> rings;
    std::ranges::transform(planned_, std::back_inserter(rings), &Ring::units);
    return rings;
}

bool Bisection::looks_slow(const std::vector<double>& seconds) const
{
    constexpr double on_the_way = 0.95;
    const auto interval = median_ratio_interval(seconds, reference_s_, on_the_way);
    return interval && interval->low > least;
}

bool Bisection::is_slow(const std::vector<double>& seconds)
{
    ++named_tests_;
    const double chance = false_names / (named_tests_ * (named_tests_ + 1.0));
    const auto interval = median_ratio_interval(seconds, control(), 1 - chance);
    return interval && interval->low > least;
}

const std::vector<double>& Bisection::control() const
{
    const auto ring = std::ranges::find(planned_, Purpose::control, &Ring::purpose);
    return ring == planned_.end() ? reference_s_ : ring->seconds;
}

/// The nearest known-good unit on its side of the set, else on the other side.
std::optional<int> Bisection::partner_of(int unit, const Units& set, const std::set<int>& used) const
{
    const bool first = unit == set.front();
    std::optional<int> below;
    std::optional<int> above;
    for (const int good : well_) {
        if (used.contains(good)) {
            continue;
        }
        if (good < set.front()) {
            below = good;
        } else if (good > set.back() && !above) {
            above = good;
        }
    }
    return first ? (below ? below : above) : (above ? above : below);
}

/// Puts its rings into the next step; false where it has to wait, or can't be tested.
bool Bisection::plan_set(std::size_t index, std::set<int>& used)
{
    const Units& units = open_[index].units;
    if (std::ranges::any_of(units, [&](int unit) { return used.contains(unit); })) {
        return false;
    }
    std::set<int> taken = used;
    taken.insert(units.begin(), units.end());
    const auto middle = units.begin() + static_cast<std::ptrdiff_t>((units.size() + 1) / 2);
    std::vector<Ring> rings;
    for (const Units& half : {Units(units.begin(), middle), Units(middle, units.end())}) {
        const std::size_t part = rings.size();
        if (half.size() > 1) {
            rings.push_back({.units = half, .purpose = Purpose::half, .of = index, .part = part, .seconds = {}});
        } else if (half.size() == 1) {
            const auto partner = partner_of(half.front(), units, taken);
            if (partner) {
                taken.insert(*partner);
                rings.push_back({.units = {half.front(), *partner},
                                 .purpose = Purpose::single,
                                 .of = index,
                                 .part = part,
                                 .seconds = {}});
            } else if (units.size() <= 2) {
                return false;
            }
        }
    }
    used = taken;
    planned_.insert(planned_.end(), rings.begin(), rings.end());
    return true;
}

bool Bisection::plan_seam(std::size_t index, std::set<int>& used)
{
    const Seam& seam = seams_[index];
    std::vector<Ring> rings;
    if (seam.zip) {
        rings.push_back({.units = alternating(seam.a, seam.b), .purpose = Purpose::zip, .of = index, .seconds = {}});
    } else {
        rings.push_back({.units = {seam.a.back(), seam.b.front()},
                         .purpose = Purpose::seam,
                         .of = index,
                         .part = 0,
                         .seconds = {}});
        if (seam.a.size() > 1 && seam.b.size() > 1) {
            rings.push_back({.units = {seam.b.back(), seam.a.front()},
                             .purpose = Purpose::seam,
                             .of = index,
                             .part = 1,
                             .seconds = {}});
        }
    }
    for (const Ring& ring : rings) {
        if (std::ranges::any_of(ring.units, [&](int unit) { return used.contains(unit); })) {
            return false;
        }
    }
    for (const Ring& ring : rings) {
        used.insert(ring.units.begin(), ring.units.end());
        planned_.push_back(ring);
    }
    return true;
}

/// Two neighbours of a ring that was well, beside what may be named.
void Bisection::plan_control(const std::set<int>& used)
{
    if (std::ranges::none_of(planned_, [](const Ring& ring) { return ring.purpose != Purpose::half; })) {
        return;
    }
    for (const Units& ring : well_rings_) {
        for (std::size_t i = 0; i + 1 < ring.size(); ++i) {
            if (!used.contains(ring[i]) && !used.contains(ring[i + 1])) {
                planned_.push_back({.units = {ring[i], ring[i + 1]}, .purpose = Purpose::control, .seconds = {}});
                return;
            }
        }
    }
}

void Bisection::plan()
{
    planned_.clear();
    std::set<int> used;
    for (std::size_t i = 0; i < seams_.size(); ++i) {
        plan_seam(i, used);
    }
    for (std::size_t i = 0; i < open_.size(); ++i) {
        plan_set(i, used);
    }
    if (planned_.empty()) {  // what is still open has no partner
        if (contrast_) {
            unresolved_ += static_cast<std::size_t>(
                std::ranges::count_if(open_, [&](const Set& set) { return looks_slow(set.seconds); }));
        }
        open_.clear();
        return;
    }
    plan_control(used);
}

void Bisection::add(std::vector<std::vector<double>> seconds)
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
    if (planned_.front().purpose == Purpose::whole) {
        open_.push_back({.units = planned_.front().units, .seconds = planned_.front().seconds});
    }
    plan();
}

/// With its next known-good neighbour away from the seam, so that a boundary can be told from a link.
Bisection::Units Bisection::beside(const Units& units, int unit) const
{
    if (units.size() > 1) {
        return units;
    }
    const bool first = unit == units.front() - 1;  // what is to be left out lies below
    const auto above = well_.upper_bound(std::max(units.front(), unit));
    const auto below = well_.lower_bound(std::min(units.front(), unit));
    if (first) {
        return above == well_.end() ? units : Units{units.front(), *above};
    }
    return below == well_.begin() ? units : Units{*std::prev(below), units.front()};
}

void Bisection::settle_set(const Set& set, const std::vector<const Ring*>& rings)
{
    bool any_slow = false;
    const auto middle = set.units.begin() + static_cast<std::ptrdiff_t>((set.units.size() + 1) / 2);
    std::vector<Units> halves{Units(set.units.begin(), middle), Units(middle, set.units.end())};
    for (const Ring* ring : rings) {
        const Units& half = halves[ring->part];
        if (ring->purpose == Purpose::single) {
            if (is_slow(ring->seconds)) {
                any_slow = true;
                name(BisectKind::unit, half, {}, ring->seconds);
            } else {
                well_.insert(half.front());
            }
        } else if (!contrast_ || looks_slow(ring->seconds)) {
            any_slow = true;
            open_.push_back({.units = half, .seconds = ring->seconds});
        } else {
            well_.insert(half.begin(), half.end());
            well_rings_.push_back(half);
        }
    }
    if (rings.size() == 1 && set.units.size() == 3) {  // its last one had no partner yet
        if (!any_slow || !contrast_) {
            open_.push_back({.units = halves[1], .seconds = set.seconds});
        }
        return;
    }
    if (any_slow || !looks_slow(set.seconds) || halves[1].empty()) {
        return;
    }
    seams_.push_back({.a = beside(halves[0], halves[1].front()),
                      .b = beside(halves[1], halves[0].back()),
                      .first_s = {},
                      .second_s = {}});
}

void Bisection::settle_seam(Seam seam, const std::vector<const Ring*>& rings)
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
        ++cleared_;
        return;
    }
    const Ring& ring = *rings[static_cast<std::size_t>(end - slow_ends.begin())];
    name(BisectKind::link, ring.units, {}, ring.seconds);
}

void Bisection::name(BisectKind kind, Units units, Units others, const std::vector<double>& seconds)
{
    findings_.push_back({.kind = kind,
                         .units = std::move(units),
                         .others = std::move(others),
                         .seconds = seconds,
                         .control_s = control()});
}

}  // namespace plumbline
