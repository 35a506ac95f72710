// SPDX-License-Identifier: Apache-2.0
#include "collectives/operations/types.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <numeric>
#include <stdexcept>
#include <type_traits>

namespace plumbline {
namespace {

constexpr std::array collectives{
    CollectiveInfo{.collective = Collective::allreduce,
                   .name = "allreduce",
                   .summary = "every rank gets the reduction of all ranks' vectors",
                   .size_rule = SizeRule::count,
                   .factor = BusFactor::allreduce,
                   .reduces = true,
                   .in_place = true},
    CollectiveInfo{.collective = Collective::reduce_scatter,
                   .name = "reduce_scatter",
                   .summary = "each rank gets its block of the reduction of all ranks' vectors",
                   .size_rule = SizeRule::count_per_rank,
                   .factor = BusFactor::spread,
                   .reduces = true,
                   .in_place = true},
    CollectiveInfo{.collective = Collective::allgather,
                   .name = "allgather",
                   .summary = "every rank gets every rank's block",
                   .size_rule = SizeRule::count_per_rank,
                   .factor = BusFactor::spread,
                   .in_place = true},
    CollectiveInfo{.collective = Collective::broadcast,
                   .name = "broadcast",
                   .summary = "every rank gets the root's vector",
                   .size_rule = SizeRule::count,
                   .factor = BusFactor::one,
                   .rooted = true},
    CollectiveInfo{.collective = Collective::reduce,
                   .name = "reduce",
                   .summary = "the root gets the reduction of all ranks' vectors",
                   .size_rule = SizeRule::count,
                   .factor = BusFactor::one,
                   .reduces = true,
                   .rooted = true,
                   .in_place = true},
    CollectiveInfo{.collective = Collective::gather,
                   .name = "gather",
                   .summary = "the root gets every rank's block",
                   .size_rule = SizeRule::count_per_rank,
                   .factor = BusFactor::spread,
                   .rooted = true,
                   .in_place = true,
                   .call_forms = true},
    CollectiveInfo{.collective = Collective::scatter,
                   .name = "scatter",
                   .summary = "each rank gets its block of the root's vector",
                   .size_rule = SizeRule::count_per_rank,
                   .factor = BusFactor::spread,
                   .rooted = true,
                   .in_place = true,
                   .call_forms = true},
    CollectiveInfo{.collective = Collective::alltoall,
                   .name = "alltoall",
                   .summary = "each rank sends each rank a block of its own",
                   .size_rule = SizeRule::count_per_rank,
                   .factor = BusFactor::spread,
                   .in_place = true,
                   .call_forms = true},
    CollectiveInfo{.collective = Collective::alltoallv,
                   .name = "alltoallv",
                   .summary = "as alltoall, with blocks of unequal size",
                   .size_rule = SizeRule::bottleneck_rank,
                   .factor = BusFactor::spread,
                   .in_place = true},
    CollectiveInfo{.collective = Collective::sendrecv,
                   .name = "sendrecv",
                   .summary = "ring: each rank sends to its successor and receives from its predecessor",
                   .size_rule = SizeRule::count,
                   .factor = BusFactor::one},
    CollectiveInfo{.collective = Collective::pingpong,
                   .name = "pingpong",
                   .summary = "pairs: one message there, one back; the time is the round trip",
                   .size_rule = SizeRule::count,
                   .factor = BusFactor::round_trip,
                   .pairs = true},
    CollectiveInfo{.collective = Collective::bidirectional,
                   .name = "bidirectional",
                   .summary = "pairs: a window of messages in each direction at once",
                   .size_rule = SizeRule::count,
                   .factor = BusFactor::window,
                   .pairs = true},
    CollectiveInfo{.collective = Collective::barrier,
                   .name = "barrier",
                   .summary = "no rank leaves before all have come",
                   .size_rule = SizeRule::none,
                   .factor = BusFactor::none},
};

constexpr std::array data_types{
    DataTypeInfo{DataType::float32, "float32", 4},
    DataTypeInfo{DataType::float64, "float64", 8},
    DataTypeInfo{DataType::float16, "float16", 2},
    DataTypeInfo{DataType::bfloat16, "bfloat16", 2},
    DataTypeInfo{DataType::int32, "int32", 4},
    DataTypeInfo{DataType::int8, "int8", 1},
    DataTypeInfo{DataType::uint8, "uint8", 1},
    DataTypeInfo{DataType::float8_e4m3, "float8_e4m3", 1},
    DataTypeInfo{DataType::float8_e5m2, "float8_e5m2", 1},
};

struct ReduceOpInfo {
    ReduceOp op;
    std::string_view name;
};
constexpr std::array reduce_ops{
    ReduceOpInfo{ReduceOp::sum, "sum"},
    ReduceOpInfo{ReduceOp::max, "max"},
    ReduceOpInfo{ReduceOp::min, "min"},
};

struct PairLayoutInfo {
    PairLayout pairs;
    std::string_view name;
};
constexpr std::array pair_layouts{
    PairLayoutInfo{PairLayout::adjacent, "adjacent"},
    PairLayoutInfo{PairLayout::halves, "halves"},
};

/// Row i of a table describes enumerator i: the enumerator is the index.
template <class Table, class Key>
constexpr bool indexed_by(const Table& table, Key key)
{
    for (std::size_t i = 0; i < table.size(); ++i) {
        if (static_cast<std::size_t>(table[i].*key) != i) {
            return false;
        }
    }
    return true;
}
static_assert(collectives.size() == static_cast<std::size_t>(Collective::barrier) + 1);
static_assert(indexed_by(collectives, &CollectiveInfo::collective));
static_assert(data_types.size() == static_cast<std::size_t>(DataType::float8_e5m2) + 1);
static_assert(indexed_by(data_types, &DataTypeInfo::dtype));
static_assert(reduce_ops.size() == static_cast<std::size_t>(ReduceOp::min) + 1);
static_assert(indexed_by(reduce_ops, &ReduceOpInfo::op));
static_assert(pair_layouts.size() == static_cast<std::size_t>(PairLayout::halves) + 1);
static_assert(indexed_by(pair_layouts, &PairLayoutInfo::pairs));

template <class Table, class Enum>
constexpr const auto& row(const Table& table, Enum value)
{
    return table.at(static_cast<std::size_t>(value));
}

template <class Table, class Key>
auto parse(const Table& table, Key key, std::string_view text)
{
    using Enum = std::remove_cvref_t<decltype(table.front().*key)>;
    const auto found = std::find_if(table.begin(), table.end(), [&](const auto& entry) { return entry.name == text; });
    return found == table.end() ? std::nullopt : std::optional<Enum>(*found.*key);
}

}  // namespace

std::uint64_t sum_of_counts(const std::vector<std::uint64_t>& counts)
{
    return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

std::span<const CollectiveInfo> all_collectives()
{
    return collectives;
}

std::span<const DataTypeInfo> all_data_types()
{
    return data_types;
}

const CollectiveInfo& info(Collective collective)
{
    return row(collectives, collective);
}

std::string_view name(Collective collective)
{
    return row(collectives, collective).name;
}

std::string_view name(DataType dtype)
{
    return row(data_types, dtype).name;
}

std::string_view name(ReduceOp op)
{
    return row(reduce_ops, op).name;
}

std::string_view name(CallForm form)
{
    return form == CallForm::native ? "native" : "grouped";
}

std::string_view name(PairLayout pairs)
{
    return row(pair_layouts, pairs).name;
}

std::uint64_t size_of(DataType dtype)
{
    return row(data_types, dtype).bytes;
}

std::optional<Collective> parse_collective(std::string_view text)
{
    return parse(collectives, &CollectiveInfo::collective, text);
}

std::optional<DataType> parse_data_type(std::string_view text)
{
    return parse(data_types, &DataTypeInfo::dtype, text);
}

std::optional<ReduceOp> parse_reduce_op(std::string_view text)
{
    return parse(reduce_ops, &ReduceOpInfo::op, text);
}

std::optional<PairLayout> parse_pair_layout(std::string_view text)
{
    return parse(pair_layouts, &PairLayoutInfo::pairs, text);
}

BufferElements buffer_elements(const CollectiveCall& call, int rank, int ranks)
{
    const std::uint64_t block = call.count;
    const std::uint64_t all = block * static_cast<std::uint64_t>(ranks);
    const bool is_root = rank == call.root;
    switch (call.collective) {
        case Collective::allreduce:
        case Collective::sendrecv:
            return {.send = block, .recv = block};
        case Collective::reduce_scatter:
            return {.send = all, .recv = block};
        case Collective::allgather:
            return {.send = block, .recv = all};
        case Collective::broadcast:
            return {.send = 0, .recv = block};
        case Collective::reduce:
            return {.send = block, .recv = is_root ? block : 0};
        case Collective::gather:
            return {.send = block, .recv = is_root ? all : 0};
        case Collective::scatter:
            return {.send = is_root ? all : 0, .recv = block};
        case Collective::alltoall:
            return {.send = all, .recv = all};
        case Collective::alltoallv:
            return {.send = call.send_counts.sum(), .recv = call.recv_counts.sum()};
        case Collective::pingpong:
        case Collective::bidirectional:
            return partner(call.pairs, rank, ranks) ? BufferElements{.send = block, .recv = block} : BufferElements{};
        case Collective::barrier:
            return {};
    }
    throw std::logic_error("buffer_elements: no such collective");
}

InPlaceOffsets in_place_offsets(const CollectiveCall& call, int rank, int /*ranks*/)
{
    const std::uint64_t own_block = call.count * static_cast<std::uint64_t>(rank);
    const bool is_root = rank == call.root;
    if (call.collective == Collective::allgather) {
        return {.input = own_block, .output = 0};
    }
    if (call.collective == Collective::gather && is_root) {
        return {.input = own_block, .output = 0};
    }
    if (call.collective == Collective::scatter && is_root) {
        return {.input = 0, .output = own_block};
    }
    return {};
}

std::optional<int> partner(PairLayout pairs, int rank, int ranks)
{
    const int half = ranks / 2;
    if (rank < 0 || rank >= 2 * half) {
        return std::nullopt;
    }
    if (pairs == PairLayout::adjacent) {
        return rank ^ 1;
    }
    return rank < half ? rank + half : rank - half;
}

}  // namespace plumbline
