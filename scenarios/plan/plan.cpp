// SPDX-License-Identifier: Apache-2.0
#include "collectives/patterns/pattern.hpp"
#include "collectives/util/error.hpp"
#include "collectives/util/units.hpp"
#include "scenarios/model/matrix_file.hpp"
#include "scenarios/model/random.hpp"
#include "scenarios/model/scenario.hpp"
#include "scenarios/plan/case_identity.hpp"
#include "scenarios/plan/plan_algorithms.hpp"
#include "scenarios/plan/plan_links.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace plumbline {

namespace {

/// A case's rule is for all its rounds together: each gets its share of samples and seconds.
StoppingCriterion share_of_round(StoppingCriterion rule, int rounds)
{
    const auto share = [&](int samples) { return (samples + rounds - 1) / rounds; };
    rule.max_samples = share(rule.max_samples);
    rule.min_samples = share(rule.min_samples);
    rule.max_seconds /= rounds;
    return rule;
}

constexpr std::size_t max_slots = 1'000'000;
/// Above this, sums of a rank's buffers could leave 64 bits.
constexpr std::uint64_t max_message_bytes = std::uint64_t{1} << 61U;

// --- scales -------------------------------------------------------------------------------------------------------

/// A rank set of a scale.
struct Members {
    int ranks = 0;
    int nodes = 0;
    int subset = 0;
    std::shared_ptr<const std::vector<int>> world_ranks;
    std::shared_ptr<const std::vector<int>> nodes_of_ranks;
};

std::string plural(int count, std::string_view thing)
{
    return fmt::format("{} {}{}", count, thing, count == 1 ? "" : "s");
}

/// The counts of a scale without "all", without repetitions, in the order as written.
std::vector<int> resolve_counts(const Scenario& scenario, const ScaleSpec& scale, std::string_view where,
                                const Topology& topology)
{
    const bool in_nodes = !scale.nodes.empty();
    const int available = in_nodes ? topology.nodes() : topology.ranks();
    std::vector<int> counts;
    for (const std::optional<int>& written : in_nodes ? scale.nodes : scale.ranks) {
        const int count = written.value_or(available);
        if (count > available) {
            const std::string_view unit = in_nodes ? "node" : "rank";
            const std::string key = fmt::format("{}scale.{}s", where, unit);
            const Sentence more = scenario.backend == "sim" ? say("Set simulation.ranks higher")
                                  : in_nodes                ? say("Start on more nodes")
                                                            : say("Start with mpirun -n {}", count);
            throw ConfigError(say("{}: {}: {} is more than the {} of this launch. {} or set {} to at most {}",
                                  scenario.path, key, count, in_nodes ? nodes_said(available) : ranks_said(available),
                                  more, key, available));
        }
        if (std::find(counts.begin(), counts.end(), count) == counts.end()) {
            counts.push_back(count);
        }
    }
    return counts;
}

int distinct_nodes(const std::vector<int>& nodes)
{
    return Topology{.node_of_rank = nodes}.nodes();
}

/// Every rank set of a scale; of subsets that are the same ranks in the same order only the first.
std::vector<Members> rank_sets(const ScaleSpec& scale, const std::vector<int>& counts, const Topology& topology)
{
    std::vector<Members> sets;
    for (const int count : counts) {
        std::set<std::vector<int>> seen;
        for (int subset = 0; subset < scale.subsets; ++subset) {
            Case probe;
            probe.scale = scale;
            probe.what.ranks = count;
            probe.what.nodes = count;
            probe.what.subset = subset;
            probe.members = case_members(probe, topology);
            if (seen.insert(*probe.members).second) {
                const auto nodes = nodes_of_case(probe, topology);
                sets.push_back({.ranks = static_cast<int>(probe.members->size()),
                                .nodes = distinct_nodes(*nodes),
                                .subset = subset,
                                .world_ranks = probe.members,
                                .nodes_of_ranks = nodes});
            }
        }
    }
    return sets;
}

// --- what can't run -----------------------------------------------------------------------------------------------

std::string too_many_bytes(std::uint64_t bytes, int times)
{
    if (bytes <= max_message_bytes / static_cast<std::uint64_t>(times)) {
        return {};
    }
    return fmt::format("{} messages of {} B don't fit into any memory (at most 2^61 bytes are counted)", times, bytes);
}

std::string why_impossible(const CollectiveSpec& spec, const CaseIdentity& what)
{
    const CollectiveInfo& operation = info(spec.collective);
    if (operation.pairs && what.ranks == 1) {
        return fmt::format("{} needs a partner (there is 1 rank)", operation.name);
    }
    if (operation.rooted && spec.root >= what.ranks) {
        return fmt::format("root {} is not there (the case has {})", spec.root, plural(what.ranks, "rank"));
    }
    if (spec.skew == SkewKind::matrix) {
        const int wanted = matrix_ranks(spec.matrix_bytes);
        return wanted == what.ranks ? std::string()
                                    : fmt::format("{} is for {} (the case has {})", spec.matrix_path,
                                                  plural(wanted, "rank"), what.ranks);
    }
    if (operation.size_rule != SizeRule::none &&
        block_elements(spec.collective, what.dtype, what.bytes, what.ranks) == 0) {
        return fmt::format("{} B are less than one {} for each of {}", what.bytes, name(what.dtype),
                           plural(what.ranks, "rank"));
    }
    return too_many_bytes(what.bytes, spec.collective == Collective::bidirectional ? spec.window : 1);
}

/// The most bytes of one message of a workload, and how many there are at a time.
template <class Workload>
std::string why_impossible(const Workload& spec, const CaseIdentity& what)
{
    const std::string why = plumbline::why_impossible(spec, what.ranks);
    return why.empty() ? too_many_bytes(what.bytes, 1) : why;
}

std::string why_impossible(const PipelineSpec& spec, const CaseIdentity& what)
{
    const std::string why = plumbline::why_impossible(spec, what.ranks);
    return why.empty() ? too_many_bytes(what.bytes, spec.microbatches) : why;
}

// --- at once ------------------------------------------------------------------------------------------------------

/// Whether two cases differ in the rank set alone.
bool same_but_subset(const Case& a, const Case& b)
{
    CaseIdentity like_b = a.what;
    like_b.subset = b.what.subset;
    like_b.nodes = b.what.nodes;
    return a.entry == b.entry && a.spec == b.spec && like_b == b.what;
}

bool share_a_node(const Case& a, const Case& b)
{
    const std::set<int> nodes(a.nodes_of_members->begin(), a.nodes_of_members->end());
    return std::ranges::any_of(*b.nodes_of_members, [&](int node) { return nodes.contains(node); });
}

/// Indices of cases that take one turn, in the order of the plan: subsets that are asked for at once and share no node,
/// each other case by itself. Probes of the network have it for themselves.
std::vector<std::vector<std::size_t>> measured_together(const std::vector<Case>& cases)
{
    std::vector<std::vector<std::size_t>> turns;
    std::size_t first_of_entry = 0;  // of turns: no other can be joined
    for (std::size_t i = 0; i < cases.size(); ++i) {
        const Case& c = cases[i];
        if (i > 0 && cases[i - 1].entry != c.entry) {
            first_of_entry = turns.size();
        }
        const bool joins = c.scale.at_once && c.skip.empty() && !pattern_info(c.what.pattern).probe;
        const auto turn = std::find_if(
            turns.begin() + static_cast<std::ptrdiff_t>(first_of_entry), turns.end(), [&](const auto& others) {
                return joins && cases[others.front()].skip.empty() && same_but_subset(cases[others.front()], c) &&
                       std::ranges::none_of(others, [&](std::size_t k) { return share_a_node(cases[k], c); });
            });
        if (turn == turns.end()) {
            turns.push_back({i});
        } else {
            turn->push_back(i);
        }
    }
    return turns;
}

// --- the plan -----------------------------------------------------------------------------------------------------

class Planner {
public:
    Planner(const Scenario& scenario, const Topology& topology, const AvailableAlgorithms& offer)
        : scenario_(scenario), topology_(topology), offer_(offer)
    {
    }

    Plan plan() &&
    {
        for (std::size_t entry = 0; entry < scenario_.cases.size(); ++entry) {
            add_entry(entry);
        }
        if (plan_.cases.empty()) {
            throw ConfigError(say("{}: no case (there is nothing to measure). Add one under 'cases'", scenario_.path));
        }
        put_in_order();
        return std::move(plan_);
    }

private:
    void add_entry(std::size_t index)
    {
        const CaseEntry& entry = scenario_.cases[index];
        const ScaleSpec& scale = entry.scale ? *entry.scale : scenario_.scale;
        const std::string where = entry.scale ? fmt::format("cases[{}].", index) : "";
        const std::vector<Members> sets =
            rank_sets(scale, resolve_counts(scenario_, scale, where, topology_), topology_);
        std::visit(
            [&](const auto& spec) {
                for (const auto& single : single_cases(spec)) {
                    CaseIdentity what = identity_of(single);
                    if (scale.at_once && !pattern_info(what.pattern).probe) {
                        what.parameters["at_once"] = "true";  // what is measured beside others is another thing
                    }
                    add_scales(index, std::move(what), std::make_shared<const Pattern>(single), sets);
                }
            },
            entry.pattern);
    }

    /// A case at each scale and, beside it, by the library's own algorithms that were asked for; of one rank there is
    /// nothing to choose.
    void add_scales(std::size_t index, CaseIdentity what, const std::shared_ptr<const Pattern>& spec,
                    const std::vector<Members>& sets)
    {
        for (const Members& members : sets) {
            what.parameters.erase("algorithm");
            add_case(index, what, spec, members);
            if (members.ranks == 1) {
                continue;
            }
            for (const std::string& algorithm : planned_algorithms(scenario_, index, offer_)) {
                what.parameters["algorithm"] = algorithm;
                add_case(index, what, spec, members);
            }
        }
    }

    void add_case(std::size_t index, const CaseIdentity& what, const std::shared_ptr<const Pattern>& spec,
                  const Members& members)
    {
        if (plan_.cases.size() == max_slots / static_cast<std::size_t>(scenario_.rounds)) {
            throw ConfigError(
                say("{}: cases times rounds are more than {} (no run ends with so many). "
                    "Write shorter lists",
                    scenario_.path, max_slots));
        }
        const CaseEntry& entry = scenario_.cases[index];
        Case c;
        c.id = static_cast<int>(plan_.cases.size());
        c.what = what;
        c.spec = spec;
        c.entry = index;
        c.scale = entry.scale ? *entry.scale : scenario_.scale;
        c.stop = share_of_round(entry.stop ? *entry.stop : scenario_.stop, scenario_.rounds);
        c.what.ranks = members.ranks;
        c.what.nodes = members.nodes;
        c.what.subset = members.subset;
        c.members = members.world_ranks;
        c.nodes_of_members = members.nodes_of_ranks;
        c.what.placement = c.scale.placement;
        c.skip = std::visit([&](const auto& one) { return why_impossible(one, c.what); }, *spec);
        if (c.skip.empty()) {
            c.skip = why_no_algorithm(c.what, offer_);
        }
        plan_.cases.push_back(std::move(c));
    }

    /// What can't run stands in the first round alone, so that it is recorded once.
    void put_in_order()
    {
        const auto together = measured_together(plan_.cases);
        for (int round = 0; round < scenario_.rounds; ++round) {
            std::vector<const std::vector<std::size_t>*> turns;
            for (const std::vector<std::size_t>& cases : together) {
                if (round == 0 || plan_.cases[cases.front()].skip.empty()) {
                    turns.push_back(&cases);
                }
            }
            if (scenario_.shuffle) {
                SplitMix64 random = SplitMix64::from({scenario_.seed, static_cast<std::uint64_t>(round)});
                shuffle(turns, random);
            }
            for (const std::vector<std::size_t>* turn : turns) {
                const int number = turn->size() > 1 ? static_cast<int>(plan_.order.size()) : -1;
                for (const std::size_t one : *turn) {
                    plan_.order.push_back({.case_index = one, .round = round, .turn = number});
                }
            }
        }
    }

    const Scenario& scenario_;
    const Topology& topology_;
    const AvailableAlgorithms& offer_;
    Plan plan_;
};

// --- bounds -------------------------------------------------------------------------------------------------------

/// An upper bound: the rank that receives most need not be the one that sends most.
std::uint64_t skewed_buffer_bytes(const CollectiveSpec& spec, const CaseIdentity& what)
{
    if (spec.skew == SkewKind::matrix) {
        return 2 * TrafficMatrix(spec.matrix_bytes, what.ranks, what.dtype).bottleneck_elements() * size_of(what.dtype);
    }
    const TrafficMatrix traffic = TrafficMatrix::with_bottleneck(
        spec.skew, what.ranks, what.bytes / size_of(what.dtype), spec.skew_factor, spec.skew_seed);
    return (traffic.sent_by(0).sum() + traffic.bottleneck_limit()) * size_of(what.dtype);
}

std::uint64_t buffer_bytes(const CollectiveSpec& spec, const CaseIdentity& what)
{
    if (spec.collective == Collective::alltoallv) {
        return skewed_buffer_bytes(spec, what);
    }
    CollectiveCall call;
    call.collective = spec.collective;
    call.dtype = what.dtype;
    call.op = what.op;
    call.count = block_elements(spec.collective, what.dtype, what.bytes, what.ranks);
    call.root = spec.root;
    call.in_place = what.in_place;
    call.pairs = spec.pairs;
    call.window = spec.window;
    std::uint64_t most = 0;
    for (const int rank : {0, spec.root, what.ranks - 1}) {
        const BufferElements elements = buffer_elements(call, rank, what.ranks);
        most = std::max(most, what.in_place ? std::max(elements.send, elements.recv) : elements.send + elements.recv);
    }
    return most * size_of(what.dtype);
}

/// Of a workload: its first ranks, an inner one and the last, since those in between are like one of them but for how
/// much they hold, most near the first.
template <class Workload>
std::uint64_t buffer_bytes(const Workload& spec, const CaseIdentity& what)
{
    std::uint64_t most = 0;
    for (const int rank : {0, std::min(1, what.ranks - 1), what.ranks / 2, what.ranks - 1}) {
        most = std::max(most, WorkloadOperation::buffer_bytes(program_of(spec, rank, what.ranks), rank, what.ranks));
    }
    return most;
}

}  // namespace

Plan make_plan(const Scenario& scenario, const Topology& topology, const AvailableAlgorithms& offer)
{
    return Planner(scenario, topology, offer).plan();
}

std::uint64_t case_buffer_bytes(const Case& c)
{
    if (!c.skip.empty()) {
        return 0;
    }
    return std::visit([&](const auto& spec) { return buffer_bytes(spec, c.what); }, *c.spec);
}

}  // namespace plumbline
