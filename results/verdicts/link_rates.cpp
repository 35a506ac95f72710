// SPDX-License-Identifier: Apache-2.0
#include "results/verdicts/link_rates.hpp"

#include "collectives/operations/types.hpp"
#include "results/records/identity_parameters.hpp"
#include "results/records/machine_state.hpp"
#include "results/statistics/statistics.hpp"
#include "results/texts/language.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace plumbline {
namespace {

/// A point-to-point case as an observation for one class of links.
struct Observation {
    bool between_nodes = false;
    bool round_trip = false;
    double bytes = 0;      ///< of one message
    int messages = 1;      ///< in each direction at once
    int pairs_a_node = 1;  ///< on the busiest node; 1 within a node, where each rank has a port of its own
    double median_s = 0;
    std::optional<Interval> time;
    int machine_state = 0;
};

bool is_point_to_point(const CaseIdentity& what)
{
    const auto collective = parse_collective(what.pattern);
    return collective && info(*collective).pairs;
}

std::optional<Observation> observation_of(const CaseSummary& c, const RunData& run, double confidence, CaseTimes& times)
{
    const CaseIdentity& what = c.header.what;
    const bool round_trip = parse_collective(what.pattern) == Collective::pingpong;
    if (!is_point_to_point(what) || c.header.status != CaseStatus::measured || !c.median_s || !run.nodes_of_ranks) {
        return std::nullopt;
    }
    const std::vector<int> nodes = run.nodes_of_ranks(c.header.id);
    const PairLayout pairs = pair_layout(what);
    std::map<int, int> on_node;
    int crossing = 0;
    int staying = 0;
    for (int rank = 0; rank < static_cast<int>(nodes.size()); ++rank) {
        if (const auto other = partner(pairs, rank, static_cast<int>(nodes.size()))) {
            const int node = nodes[static_cast<std::size_t>(rank)];
            const bool crosses = node != nodes[static_cast<std::size_t>(*other)];
            ++(crosses ? crossing : staying);
            on_node[node] += crosses ? 1 : 0;
        }
    }
    if ((crossing > 0) == (staying > 0)) {
        return std::nullopt;
    }
    Observation observation;
    observation.between_nodes = crossing > 0;
    observation.round_trip = round_trip;
    observation.bytes = static_cast<double>(c.header.total_bytes);
    observation.messages = message_window(what);
    for (const auto& [node, count] : on_node) {
        observation.pairs_a_node = std::max(observation.pairs_a_node, count);
    }
    observation.median_s = *c.median_s;
    observation.time = median_interval(times(c.header.id), confidence);
    observation.machine_state = c.machine_state;
    return observation;
}

/// Seconds one way of the shortest round trip; nothing where there is none.
const Observation* shortest(const std::vector<Observation>& observations)
{
    const Observation* best = nullptr;
    for (const Observation& w : observations) {
        const bool shorter =
            best == nullptr || w.bytes < best->bytes || (w.bytes == best->bytes && w.median_s < best->median_s);
        best = w.round_trip && shorter ? &w : best;
    }
    return best;
}

double rate(const Observation& observation, double time_s, double latency_s)
{
    const double turns = observation.round_trip ? 2 : 1;
    const double moving = time_s - turns * latency_s;
    const double bytes =
        turns * observation.bytes * observation.messages * (observation.round_trip ? 1 : observation.pairs_a_node);
    return moving > 0 ? bytes / moving : 0;
}

/// Of one class of links: estimate, slowest and fastest.
struct RateRange {
    LinkRate estimate, slowest, fastest;
    bool has_interval = true;
    std::set<int> machine_states;
};

/// The observation of the highest rate among messages that take at least twice as long as the latency alone: of a
/// shorter one little more than noise is left when the latency is taken off, and the most of noise is no rate. Where
/// there is none so long, the longest. Null where no message tells a rate.
const Observation* fastest_of(const std::vector<Observation>& observations, const Observation* quick, double latency)
{
    const Observation* best = nullptr;
    const Observation* longest = nullptr;
    double most = 0;
    for (const Observation& w : observations) {
        // Of pairs that share a node's ports only messages both ways at once tell what the ports carry.
        if (w.bytes <= 0 || (w.round_trip && w.pairs_a_node > 1)) {
            continue;
        }
        if (&w == quick) {
            // A message that tells the latency has nothing left for the rate.
            longest = observations.size() == 1 ? &w : longest;
            continue;
        }
        const double found = rate(w, w.median_s, latency);
        const double turns = w.round_trip ? 2 : 1;
        if (w.median_s >= 2 * turns * latency && found > most) {
            best = &w;
            most = found;
        }
        const bool says_more = quick == nullptr || w.bytes > quick->bytes;
        if (found > 0 && says_more && (longest == nullptr || w.bytes > longest->bytes)) {
            longest = &w;
        }
    }
    return best != nullptr ? best : longest;
}

std::optional<RateRange> range_of(const std::vector<Observation>& observations)
{
    const Observation* quick = shortest(observations);
    const double latency = quick == nullptr ? 0 : quick->median_s / 2;
    const Observation* best = fastest_of(observations, quick, latency);
    if (best == nullptr) {
        return std::nullopt;
    }
    const bool subtract = best != quick;
    const double most = rate(*best, best->median_s, subtract ? latency : 0);
    RateRange range;
    range.estimate = {.bytes_per_s = most, .latency_s = subtract ? latency : 0};
    range.slowest = range.fastest = range.estimate;
    range.machine_states.insert(best->machine_state);
    if (quick != nullptr) {
        range.machine_states.insert(quick->machine_state);
    }
    range.has_interval = best->time && (quick == nullptr || quick->time);
    if (!range.has_interval) {
        return range;
    }
    const double least = subtract && quick != nullptr ? quick->time->low / 2 : 0;
    const double longest = subtract && quick != nullptr ? quick->time->high / 2 : 0;
    range.slowest = {.bytes_per_s = rate(*best, best->time->high, least), .latency_s = longest};
    const double fastest = rate(*best, best->time->low, longest);
    range.fastest = {.bytes_per_s = fastest > 0 ? fastest : most, .latency_s = least};
    return range;
}

/// Whether the rate was measured; what is stated stands.
bool take(std::optional<LinkRate> Links::* member, std::set<int> LinkEstimate::* states,
          const std::optional<RateRange>& range, LinkEstimate& into)
{
    if (!range || into.estimate.*member) {
        return false;
    }
    into.estimate.*member = range->estimate;
    into.slowest.*member = range->slowest;
    into.fastest.*member = range->fastest;
    into.*states = range->machine_states;
    if (!range->has_interval) {
        into.why = say("the point-to-point cases have too few samples for an interval of the link rates");
    }
    return true;
}

Attainable usual_time(const CaseSummary& c, const std::vector<int>& nodes, const Links& links)
{
    const CaseIdentity& what = c.header.what;
    if (const auto used = algorithm_used(what)) {
        return attainable_time(*used, std::nullopt, what, c.header.total_bytes, nodes, links);
    }
    if (algorithm_of(what)) {
        return {};  // of an algorithm that is not modelled
    }
    const auto all = attainable_times(what, c.header.total_bytes, nodes, links);
    const auto first = std::ranges::find_if(all, [](const Attainable& found) { return found.seconds.has_value(); });
    return first == all.end() ? Attainable{} : *first;
}

/// Beyond all uncertainty, and by more than rounding.
bool is_faster_than(const Attainable& algorithm, const CaseSummary& c, const LinkEstimate& links, const RunData& run,
                    CaseTimes& times)
{
    constexpr double clearly = 1.005;
    const AlgorithmReference named{.kind = AlgorithmReference::Kind::named, .algorithm = algorithm.algorithm};
    const Value share = fraction_of_attainable(c, named, links, run, times).value;
    return share.interval ? share.interval->low > clearly : share.estimate.value_or(0) > clearly;
}

}  // namespace

LinkEstimate estimate_links(const RunData& run, CaseTimes& times)
{
    const double shared = 1 - (1 - run.confidence) / 3;
    std::vector<Observation> within;
    std::vector<Observation> between;
    for (const CaseSummary& c : run.cases) {
        if (const auto observation = observation_of(c, run, shared, times)) {
            (observation->between_nodes ? between : within).push_back(*observation);
        }
    }
    LinkEstimate links;
    links.estimate = run.links.value_or(Links{});
    links.slowest = links.fastest = links.estimate;
    const bool inside = take(&Links::intra_node, &LinkEstimate::states_within_nodes, range_of(within), links);
    const bool outside = take(&Links::inter_node, &LinkEstimate::states_between_nodes, range_of(between), links);
    links.confidence = inside || outside ? shared : run.confidence;
    return links;
}

IdealTimes ideal_times(const RunData& run)
{
    IdealTimes ideals;
    if (!run.nodes_of_ranks) {
        return ideals;
    }
    CaseTimes times(run);
    const Links stated = run.links.value_or(Links{});
    const LinkEstimate links = estimate_links(run, times);
    ideals.links = links.estimate;
    ideals.intra_node_stated = stated.intra_node.has_value();
    ideals.inter_node_stated = stated.inter_node.has_value();
    if (ideals.links == Links{}) {
        return ideals;
    }
    const bool measured = ideals.links != stated;
    for (const CaseSummary& c : run.cases) {
        if (c.header.status != CaseStatus::measured || (is_point_to_point(c.header.what) && measured)) {
            continue;
        }
        const std::vector<int> nodes = run.nodes_of_ranks(c.header.id);
        if (const Ideal ideal = ideal_time(c.header.what, c.header.total_bytes, nodes, ideals.links);
            ideal.seconds && *ideal.seconds > 0) {
            ideals.seconds[c.header.id] = *ideal.seconds;
            const Value fraction = fraction_of_ideal(c, links, run, times).value;
            if (fraction.interval ? fraction.interval->low > 1 : !measured && fraction.estimate.value_or(0) > 1) {
                ideals.above_bound.insert(c.header.id);
            }
            if (auto usual = usual_time(c, nodes, ideals.links); usual.seconds) {
                const bool other = !algorithm_used(c.header.what) && is_faster_than(usual, c, links, run, times);
                (other ? ideals.outdone : ideals.attainable)[c.header.id] = std::move(usual);
            }
        }
    }
    return ideals;
}

namespace {

/// Seconds over links of such rates; `why` where there are none.
using Reference = std::function<Attainable(const Links&)>;

/// `reference` of the case's links over its median.
Fraction fraction_of(const CaseSummary& c, const Reference& reference, const LinkEstimate& links, const RunData& run,
                     CaseTimes& times)
{
    Fraction fraction;
    if (is_point_to_point(c.header.what) && !reference(run.links.value_or(Links{})).seconds) {
        fraction.value.why =
            say("its links were measured by such cases, so its bound would follow from its own time (state "
                "their rates under links:)");
        return fraction;
    }
    const Attainable best = reference(links.estimate);
    if (!best.seconds || !c.median_s || *c.median_s <= 0) {
        fraction.value.why = best.seconds ? say("it took no time that the clock could see") : recognised(best.why);
        return fraction;
    }
    fraction.reference_s = best.seconds;
    fraction.algorithm = best.algorithm;
    fraction.value.estimate = *best.seconds / *c.median_s;
    const auto& samples = times(c.header.id);
    const auto time = median_interval(samples, links.confidence);
    const auto needs = [&](std::optional<LinkRate> Links::* member) {
        Links without = links.estimate;
        without.*member = std::nullopt;
        return !reference(without).seconds;
    };
    const auto unlike = [&](int state) { return state == between_states || state != c.machine_state; };
    if (!links.why.empty()) {
        fraction.value.why = links.why;
    } else if ((needs(&Links::intra_node) && std::ranges::any_of(links.states_within_nodes, unlike)) ||
               (needs(&Links::inter_node) && std::ranges::any_of(links.states_between_nodes, unlike))) {
        fraction.value.why = say(
            "the machine was in another state when the links were measured (see 'plumbline show'). More rounds give "
            "both a common state");
    } else if (!time || time->low <= 0) {
        fraction.value.why = time ? say("has no interval (times of zero are in it)")
                                  : too_few(c.interval_over, links.confidence, samples.size());
    } else {
        fraction.value.interval =
            Interval{.low = reference(links.fastest).seconds.value_or(0) / time->high,
                     .high = reference(links.slowest).seconds.value_or(*best.seconds) / time->low};
    }
    return fraction;
}

Fraction of_unknown_place()
{
    Fraction fraction;
    fraction.value.why = say("where its ranks were is not known");
    return fraction;
}

}  // namespace

Fraction fraction_of_ideal(const CaseSummary& c, const LinkEstimate& links, const RunData& run, CaseTimes& times)
{
    if (!run.nodes_of_ranks) {
        return of_unknown_place();
    }
    const std::vector<int> nodes = run.nodes_of_ranks(c.header.id);
    const auto bound = [&](const Links& rates) {
        return ideal_time(c.header.what, c.header.total_bytes, nodes, rates);
    };
    const auto reference = [&](const Links& rates) {
        Ideal ideal = bound(rates);
        return Attainable{.algorithm = {}, .seconds = ideal.seconds, .why = std::move(ideal.why)};
    };
    Fraction fraction = fraction_of(c, reference, links, run, times);
    fraction.limit = bound(links.estimate).limit;
    return fraction;
}

Fraction fraction_of_attainable(const CaseSummary& c, const AlgorithmReference& of, const LinkEstimate& links,
                                const RunData& run, CaseTimes& times)
{
    if (!run.nodes_of_ranks) {
        return of_unknown_place();
    }
    const std::vector<int> nodes = run.nodes_of_ranks(c.header.id);
    return fraction_of(
        c, [&](const Links& rates) { return attainable_time(of, c.header.what, c.header.total_bytes, nodes, rates); },
        links, run, times);
}

}  // namespace plumbline
