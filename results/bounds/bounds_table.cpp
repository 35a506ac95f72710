// SPDX-License-Identifier: Apache-2.0
#include "results/bounds/bounds_table.hpp"

#include "collectives/operations/traffic.hpp"
#include "results/records/case_identity.hpp"

#include <array>
#include <string>

namespace plumbline {
namespace {

constexpr std::array operations{Collective::allreduce, Collective::reduce_scatter, Collective::allgather,
                                Collective::broadcast, Collective::reduce,         Collective::gather,
                                Collective::scatter,   Collective::alltoall,       Collective::sendrecv};

Links without_latency(Links links)
{
    for (auto* rate : {&links.intra_node, &links.inter_node}) {
        if (*rate) {
            (*rate)->latency_s = 0;
        }
    }
    return links;
}

}  // namespace

std::vector<BoundsRow> bounds_table(const Shape& shape, const Links& links, std::span<const std::uint64_t> sizes)
{
    std::vector<int> node_of_rank;
    for (int node = 0; node < shape.nodes; ++node) {
        node_of_rank.insert(node_of_rank.end(), static_cast<std::size_t>(shape.ranks_per_node), node);
    }
    CaseIdentity what;
    what.ranks = static_cast<int>(node_of_rank.size());
    what.nodes = shape.nodes;
    std::vector<BoundsRow> rows;
    const auto add = [&](Collective collective, std::optional<std::uint64_t> bytes, const Links& rates) {
        constexpr std::uint64_t large = 1ULL << 50U;
        what.pattern = name(collective);
        what.bytes = bytes.value_or(large);
        BoundsRow row{
            .collective = collective,
            .bytes = bytes,
            .counted_bytes = static_cast<double>(what.bytes) * busbw_factor(collective, what.ranks).value_or(0),
            .bound = ideal_time(what, what.bytes, node_of_rank, rates),
            .algorithms = attainable_times(what, what.bytes, node_of_rank, rates)};
        rows.push_back(std::move(row));
    };
    for (const Collective collective : operations) {
        if (sizes.empty()) {
            add(collective, std::nullopt, without_latency(links));
        }
        for (const std::uint64_t bytes : sizes) {
            add(collective, bytes, links);
        }
    }
    return rows;
}

}  // namespace plumbline
