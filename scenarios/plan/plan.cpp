// SPDX-License-Identifier: Apache-2.0
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

int distinct_nodes(const std::vector<int>& ranks, const Topology& topology)
{
    Topology chosen;
    chosen.node_of_rank.reserve(ranks.size());
    for (const int rank : ranks) {
        chosen.node_of_rank.push_back(topology.node_of_rank[static_cast<std::size_t>(rank)]);
    }
    return chosen.nodes();
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
            const auto ranks = std::make_shared<const std::vector<int>>(case_ranks(probe, topology));
            if (seen.insert(*ranks).second) {
                sets.push_back({.ranks = static_cast<int>(ranks->size()),
                                .nodes = distinct_nodes(*ranks, topology),
                                .subset = subset,
                                .world_ranks = ranks});
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
                    add_scales(index, identity_of(single), std::make_shared<const Pattern>(single), sets);
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
        for (int round = 0; round < scenario_.rounds; ++round) {
            std::vector<Slot> slots;
            for (std::size_t i = 0; i < plan_.cases.size(); ++i) {
                if (round == 0 || plan_.cases[i].skip.empty()) {
                    slots.push_back({.case_index = i, .round = round});
                }
            }
            if (scenario_.shuffle) {
                SplitMix64 random = SplitMix64::from({scenario_.seed, static_cast<std::uint64_t>(round)});
                shuffle(slots, random);
            }
            plan_.order.insert(plan_.order.end(), slots.begin(), slots.end());
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
    const std::uint64_t mean = block_elements(spec.collective, what.dtype, what.bytes, what.ranks);
    const std::uint64_t sent = mean * static_cast<std::uint64_t>(what.ranks);
    const TrafficMatrix traffic(spec.skew, what.ranks, mean, spec.skew_factor, spec.skew_seed);
    return (sent + traffic.bottleneck_limit()) * size_of(what.dtype);
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
