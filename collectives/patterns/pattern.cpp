// SPDX-License-Identifier: Apache-2.0
#include "collectives/patterns/pattern.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <vector>

namespace plumbline {
namespace {

constexpr std::array workloads{
    PatternInfo{.name = "pipeline",
                .title = "pipeline",
                .summary = "one training step of pipeline stages: gpipe, 1f1b, interleaved or zb_h1",
                .kind = PatternKind::workload,
                .workload = WorkloadKind::pipeline,
                .even_compute = true},
    PatternInfo{.name = "data_parallel",
                .title = "data parallel",
                .summary = "one training step: compute, and the gradients of all ranks in buckets beside it",
                .kind = PatternKind::workload,
                .workload = WorkloadKind::data_parallel,
                .scaling = ScalingKind::weak,
                .even_compute = true},
    PatternInfo{.name = "tensor_parallel",
                .title = "tensor parallel",
                .summary = "layers whose matrices are split over the ranks, forward and backward",
                .kind = PatternKind::workload,
                .workload = WorkloadKind::tensor_parallel,
                .even_compute = true},
    PatternInfo{.name = "decode",
                .title = "decode",
                .summary = "inference with split matrices: a chain of small allreduces for each token",
                .kind = PatternKind::workload,
                .workload = WorkloadKind::decode,
                .even_compute = true},
    // The busiest expert computes more than the others.
    PatternInfo{.name = "expert_parallel",
                .title = "expert parallel",
                .summary = "a mixture of experts: tokens to their experts' ranks and back",
                .kind = PatternKind::workload,
                .workload = WorkloadKind::expert_parallel,
                .has_bandwidth = true},
    PatternInfo{.name = "training_step",
                .title = "training step",
                .summary = "one step of a model split by tensor, pipeline, data and experts at once",
                .kind = PatternKind::workload,
                .workload = WorkloadKind::training_step,
                .scaling = ScalingKind::by_batch,
                .even_compute = true,
                .has_model_flops = true},
};

constexpr std::array network_probes{
    PatternInfo{.name = "links",
                .title = "links",
                .summary = "every pair by itself, in rounds of disjoint pairs; for 'diagnose'",
                .kind = PatternKind::network_probe,
                .probe = NetworkProbe::links,
                .has_bandwidth = true,
                .one_population = false},
    PatternInfo{.name = "congestion",
                .title = "congestion",
                .summary = "victims and aggressors at once, beside victims alone",
                .kind = PatternKind::network_probe,
                .probe = NetworkProbe::congestion,
                .one_population = false},
    PatternInfo{.name = "bisect",
                .title = "bisection",
                .summary = "groups that ring at once, split until what is slow is found; for 'diagnose'",
                .kind = PatternKind::network_probe,
                .probe = NetworkProbe::bisect,
                .one_population = false},
};

constexpr std::array only_imported{
    PatternInfo{.name = "unidirectional",
                .title = "unidirectional",
                .summary = "pairs: messages one way, many in flight; of other suites' logs alone",
                .kind = PatternKind::imported,
                .has_bandwidth = true},
    PatternInfo{.name = "exchange",
                .title = "exchange",
                .summary = "chain: each rank exchanges with both neighbours; of other suites' logs alone",
                .kind = PatternKind::imported,
                .has_bandwidth = true,
                .messages_at_once = 2},
};

/// Whether row number i is that of enumerator number i, so that a kind's name is found by its number.
constexpr bool in_order()
{
    for (std::size_t i = 0; i < workloads.size(); ++i) {
        if (workloads[i].workload != static_cast<WorkloadKind>(i)) {
            return false;
        }
    }
    for (std::size_t i = 0; i < network_probes.size(); ++i) {
        if (network_probes[i].probe != static_cast<NetworkProbe>(i)) {
            return false;
        }
    }
    return true;
}
static_assert(in_order());

constexpr bool treats_ranks_alike(Collective collective)
{
    return collective == Collective::allreduce || collective == Collective::reduce_scatter ||
           collective == Collective::allgather || collective == Collective::alltoall;
}

struct OperationTitle {
    Collective collective;
    std::string_view title;
};
constexpr std::array operation_titles{OperationTitle{Collective::allreduce, "allreduce"},
                                      OperationTitle{Collective::reduce_scatter, "reduce-scatter"},
                                      OperationTitle{Collective::allgather, "allgather"},
                                      OperationTitle{Collective::broadcast, "broadcast"},
                                      OperationTitle{Collective::reduce, "reduce"},
                                      OperationTitle{Collective::gather, "gather"},
                                      OperationTitle{Collective::scatter, "scatter"},
                                      OperationTitle{Collective::alltoall, "all-to-all"},
                                      OperationTitle{Collective::alltoallv, "uneven all-to-all"},
                                      OperationTitle{Collective::sendrecv, "send-receive ring"},
                                      OperationTitle{Collective::pingpong, "ping-pong"},
                                      OperationTitle{Collective::bidirectional, "bidirectional"},
                                      OperationTitle{Collective::barrier, "barrier"}};
/// Row i is that of enumerator i.
constexpr bool titles_in_order()
{
    for (std::size_t i = 0; i < operation_titles.size(); ++i) {
        if (static_cast<std::size_t>(operation_titles[i].collective) != i) {
            return false;
        }
    }
    return true;
}
static_assert(titles_in_order());

PatternInfo row_of(const CollectiveInfo& operation)
{
    const bool between_two = operation.pairs || operation.collective == Collective::sendrecv;
    return {.name = operation.name,
            .title = operation_titles.at(static_cast<std::size_t>(operation.collective)).title,
            .summary = operation.summary,
            .kind = between_two ? PatternKind::point_to_point : PatternKind::collective,
            .collective = operation.collective,
            .scaling = ScalingKind::retention,
            .has_bandwidth = operation.size_rule != SizeRule::none,
            .even_traffic = treats_ranks_alike(operation.collective)};
}

}  // namespace

std::span<const PatternInfo> all_patterns()
{
    static const std::vector<PatternInfo> patterns = [] {
        std::vector<PatternInfo> rows;
        std::ranges::transform(all_collectives(), std::back_inserter(rows), row_of);
        rows.insert(rows.end(), workloads.begin(), workloads.end());
        rows.insert(rows.end(), network_probes.begin(), network_probes.end());
        rows.insert(rows.end(), only_imported.begin(), only_imported.end());
        return rows;
    }();
    return patterns;
}

const PatternInfo& pattern_info(std::string_view name)
{
    static constexpr PatternInfo unknown;
    const auto patterns = all_patterns();
    const auto found = std::ranges::find(patterns, name, &PatternInfo::name);
    return found == patterns.end() || name.empty() ? unknown : *found;
}

std::string_view name(WorkloadKind workload)
{
    return workloads.at(static_cast<std::size_t>(workload)).name;
}

std::string_view name(NetworkProbe probe)
{
    return network_probes.at(static_cast<std::size_t>(probe)).name;
}

}  // namespace plumbline
