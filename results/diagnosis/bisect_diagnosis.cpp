// SPDX-License-Identifier: Apache-2.0
#include "results/diagnosis/bisect_diagnosis.hpp"

#include "results/diagnosis/bisection.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace plumbline {
namespace {

/// The bisection of one round, repeated as far as its samples go.
class Replay {
public:
    Replay(const Round& round, const RingUnits& units) : round_(round), units_(units), bisection_(units.count())
    {
        while (round_.links && !bisection_.next().empty() && step()) {
            rings_ += last_rings_;
        }
    }

    const BisectionSearch& bisection() const { return bisection_; }
    std::size_t rings() const { return rings_; }
    bool complete() const { return bisection_.next().empty(); }

private:
    /// The samples of a step run from one warm-up to the next.
    bool step()
    {
        const std::size_t samples = round_.seconds.samples;
        if (sample_ >= samples || !fits(sample_)) {
            return false;
        }
        std::vector<std::vector<int>> members;
        for (const auto& ring : bisection_.next()) {
            members.push_back(units_.ranks_of(ring));
        }
        std::vector<std::vector<double>> seconds(members.size());
        for (++sample_; sample_ < samples && round_.warmup[sample_] == 0; ++sample_) {
            for (std::size_t ring = 0; ring < members.size(); ++ring) {
                double slowest = 0;
                for (const int rank : members[ring]) {
                    slowest = std::max(slowest, round_.seconds.row(sample_)[static_cast<std::size_t>(rank)]);
                }
                seconds[ring].push_back(slowest);
            }
        }
        last_rings_ = members.size();
        bisection_.add(std::move(seconds));
        return true;
    }

    /// Whether the sample was taken on the rings of the next step.
    bool fits(std::size_t sample) const
    {
        std::vector<std::int32_t> wanted(round_.seconds.ranks, -1);
        for (const auto& ring : bisection_.next()) {
            const auto ranks = units_.ranks_of(ring);
            for (std::size_t i = 0; i < ranks.size(); ++i) {
                wanted.at(static_cast<std::size_t>(ranks[i])) = ranks[(i + 1) % ranks.size()];
            }
        }
        return std::ranges::equal(wanted,
                                  std::span(round_.links->sends_to).subspan(sample * wanted.size(), wanted.size()));
    }

    const Round& round_;
    const RingUnits& units_;
    BisectionSearch bisection_;
    std::size_t sample_ = 0;
    std::size_t rings_ = 0;
    std::size_t last_rings_ = 0;
};

class Namer {
public:
    Namer(const RingUnits& units, const Names& names) : units_(units), names_(names) {}

    SlowComponent slow_component(const BisectFinding& finding, double confidence) const
    {
        SlowComponent slow_component;
        switch (finding.kind) {
            case BisectKind::unit:
                slow_component.kind = ComponentKind::node;
                slow_component.name = units_.are_nodes ? say("{} NIC", title(finding.units.front()))
                                                       : say("{} link", title(finding.units.front()));
                break;
            case BisectKind::link:
                slow_component.kind = ComponentKind::link;
                slow_component.name = say("link {} - {}", title(finding.units[0]), title(finding.units[1]));
                break;
            case BisectKind::boundary:
                slow_component.kind = ComponentKind::boundary;
                slow_component.name = finding.others.empty() ? say("boundary of {}", list(finding.units))
                                                             : say("boundary between {} and {}", range(finding.units),
                                                                   range(finding.others));
                break;
        }
        for (const int unit : finding.units) {
            const int number = units_.numbers[static_cast<std::size_t>(unit)];
            slow_component.members.push_back(units_.are_nodes ? number : world_rank(number));
        }
        slow_component.of_ranks = !units_.are_nodes;
        slow_component.slowdown = *median(finding.seconds) / *median(finding.control_s);
        slow_component.interval = median_ratio_interval(finding.seconds, finding.control_s, confidence)
                                      .value_or(Interval{slow_component.slowdown, slow_component.slowdown});
        slow_component.samples = finding.seconds.size();
        slow_component.control_samples = finding.control_s.size();
        slow_component.confirmed = true;
        slow_component.by_rings = true;
        return slow_component;
    }

private:
    int world_rank(int rank) const
    {
        const auto place = static_cast<std::size_t>(rank);
        return place < names_.world_ranks.size() ? names_.world_ranks[place] : rank;
    }

    std::string title(int unit) const
    {
        const int number = units_.numbers[static_cast<std::size_t>(unit)];
        if (!units_.are_nodes) {
            return fmt::format("rank {}", world_rank(number));
        }
        const auto place = static_cast<std::size_t>(number);
        return place < names_.hosts.size() ? names_.hosts[place] : fmt::format("node {}", number);
    }

    std::string list(const std::vector<int>& units) const
    {
        std::vector<std::string> titles;
        std::ranges::transform(units, std::back_inserter(titles), [&](int unit) { return title(unit); });
        return fmt::format("{{{}}}", fmt::join(titles, ", "));
    }

    /// Neighbours in ring order.
    std::string range(const std::vector<int>& units) const
    {
        return units.size() == 1 ? title(units.front())
                                 : fmt::format("{{{} to {}}}", title(units.front()), title(units.back()));
    }

    const RingUnits& units_;
    const Names& names_;
};

/// Observations of a finding over all rounds. The samples of one burst are not independent, so these are the rounds'
/// medians where there are enough rounds for the interval of a ratio; else all samples.
std::vector<double> observations_of_rounds(const std::vector<std::vector<double>>& rounds, double confidence)
{
    const bool enough = median_interval_ranks(rounds.size(), 1 - (1 - confidence) / 2).has_value();
    std::vector<double> all;
    for (const auto& seconds : rounds) {
        if (enough) {
            all.push_back(median(seconds).value_or(0));
        } else {
            all.insert(all.end(), seconds.begin(), seconds.end());
        }
    }
    return all;
}

/// A finding that all rounds so far share.
struct Standing {
    BisectFinding finding;
    std::vector<std::vector<double>> seconds;    ///< [round]
    std::vector<std::vector<double>> control_s;  ///< [round]
};

bool same_place(const BisectFinding& a, const BisectFinding& b)
{
    return a.kind == b.kind && a.units == b.units && a.others == b.others;
}

}  // namespace

RingUnits::RingUnits(const RankNodes& nodes) : are_nodes(nodes.several)
{
    for (std::size_t rank = 0; rank < nodes.of_rank.size(); ++rank) {
        const int number = are_nodes ? nodes.of_rank[rank] : static_cast<int>(rank);
        auto unit = std::ranges::find(numbers, number);
        if (unit == numbers.end()) {
            numbers.push_back(number);
            ranks.emplace_back();
            unit = std::prev(numbers.end());
        }
        ranks[static_cast<std::size_t>(unit - numbers.begin())].push_back(static_cast<int>(rank));
    }
}

std::vector<int> RingUnits::ranks_of(std::span<const int> units) const
{
    std::vector<int> all;
    for (const int unit : units) {
        const auto& its = ranks.at(static_cast<std::size_t>(unit));
        all.insert(all.end(), its.begin(), its.end());
    }
    return all;
}

Diagnosis diagnose_bisect(const CaseRecord& record, const RankNodes& nodes, const Names& names,
                          const DiagnoseRules& rules)
{
    Diagnosis diagnosis;
    const RingUnits units(nodes);
    std::vector<Standing> found;
    bool first = true;
    for (const Round& round : record.rounds) {
        const Replay replay(round, units);
        const auto& its = replay.bisection().findings();
        for (const BisectFinding& finding : its) {
            if (first) {
                found.push_back({.finding = finding, .seconds = {}, .control_s = {}});
            }
        }
        first = false;
        std::erase_if(found, [&](Standing& standing) {
            const auto again = std::ranges::find_if(
                its, [&](const BisectFinding& other) { return same_place(standing.finding, other); });
            if (again != its.end()) {
                standing.seconds.push_back(again->seconds);
                standing.control_s.push_back(again->control_s);
            }
            return again == its.end();
        });
        diagnosis.group_tests += static_cast<std::size_t>(replay.bisection().steps());
        diagnosis.rings += replay.rings();
        diagnosis.cleared += replay.bisection().cleared();
        diagnosis.median_s = median(replay.bisection().reference_s());
        if (!replay.complete()) {
            diagnosis.notes.emplace_back("the bisection isn't complete: what it would have tested next is unknown");
        }
        if (replay.bisection().unresolved() > 0) {
            diagnosis.notes.emplace_back(
                "something is slow, but no unit is left that is known to be good to test it with");
        }
    }
    const Namer namer(units, names);
    for (Standing& standing : found) {
        standing.finding.seconds = observations_of_rounds(standing.seconds, rules.confidence);
        standing.finding.control_s = observations_of_rounds(standing.control_s, rules.confidence);
        diagnosis.findings.push_back(namer.slow_component(standing.finding, rules.confidence));
    }
    std::ranges::stable_sort(diagnosis.findings, std::ranges::greater{}, &SlowComponent::slowdown);
    if (units.count() == 2) {
        diagnosis.notes.emplace_back("two ends alone can't tell which of them is slow");
    }
    return diagnosis;
}

}  // namespace plumbline
