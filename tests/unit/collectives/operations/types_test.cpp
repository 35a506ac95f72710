// SPDX-License-Identifier: Apache-2.0
#include "collectives/operations/types.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string>

namespace plumbline {
namespace {

CollectiveCall call_of(Collective collective, std::uint64_t count, int root = 0)
{
    return {.collective = collective, .count = count, .root = root};
}

TEST(Types, every_row_of_the_tables_is_found_by_its_enumerator_and_by_its_name)
{
    for (const CollectiveInfo& row : all_collectives()) {
        EXPECT_EQ(info(row.collective).name, row.name);
        EXPECT_EQ(name(row.collective), row.name);
        EXPECT_EQ(parse_collective(row.name), row.collective);
        EXPECT_FALSE(row.summary.empty());
    }
    for (const DataTypeInfo& row : all_data_types()) {
        EXPECT_EQ(name(row.dtype), row.name);
        EXPECT_EQ(parse_data_type(row.name), row.dtype);
        EXPECT_EQ(size_of(row.dtype), row.bytes);
    }
    EXPECT_EQ(all_collectives().size(), 13u);
    EXPECT_EQ(all_data_types().size(), 9u);
}

TEST(Types, operations_and_layouts_parse_back_from_their_names)
{
    for (const auto op : {ReduceOp::sum, ReduceOp::max, ReduceOp::min}) {
        EXPECT_EQ(parse_reduce_op(name(op)), op);
    }
    for (const auto pairs : {PairLayout::adjacent, PairLayout::halves}) {
        EXPECT_EQ(parse_pair_layout(name(pairs)), pairs);
    }
}

TEST(Types, unknown_names_parse_to_nothing)
{
    for (const std::string_view text : {"", "Allreduce", "all_reduce", "allreduce ", "float", "avg", "opposite"}) {
        EXPECT_EQ(parse_collective(text), std::nullopt) << text;
        EXPECT_EQ(parse_data_type(text), std::nullopt) << text;
        EXPECT_EQ(parse_reduce_op(text), std::nullopt) << text;
        EXPECT_EQ(parse_pair_layout(text), std::nullopt) << text;
    }
}

TEST(Types, exactly_the_reductions_reduce_and_the_rooted_ones_have_a_root)
{
    std::set<std::string_view> reducing;
    std::set<std::string_view> rooted;
    std::set<std::string_view> paired;
    for (const CollectiveInfo& row : all_collectives()) {
        if (row.reduces) {
            reducing.insert(row.name);
        }
        if (row.rooted) {
            rooted.insert(row.name);
        }
        if (row.pairs) {
            paired.insert(row.name);
        }
    }
    EXPECT_EQ(reducing, (std::set<std::string_view>{"allreduce", "reduce", "reduce_scatter"}));
    EXPECT_EQ(rooted, (std::set<std::string_view>{"broadcast", "gather", "reduce", "scatter"}));
    EXPECT_EQ(paired, (std::set<std::string_view>{"bidirectional", "pingpong"}));
}

TEST(Types, buffers_hold_a_block_or_a_block_of_each_rank)
{
    struct Row {
        Collective collective;
        BufferElements root;
        BufferElements other;
    };
    // 4 ranks, 10 elements a block, root 1
    constexpr std::array rows{
        Row{Collective::allreduce, {10, 10}, {10, 10}},     Row{Collective::reduce_scatter, {40, 10}, {40, 10}},
        Row{Collective::allgather, {10, 40}, {10, 40}},     Row{Collective::broadcast, {0, 10}, {0, 10}},
        Row{Collective::reduce, {10, 10}, {10, 0}},         Row{Collective::gather, {10, 40}, {10, 0}},
        Row{Collective::scatter, {40, 10}, {0, 10}},        Row{Collective::alltoall, {40, 40}, {40, 40}},
        Row{Collective::sendrecv, {10, 10}, {10, 10}},      Row{Collective::pingpong, {10, 10}, {10, 10}},
        Row{Collective::bidirectional, {10, 10}, {10, 10}}, Row{Collective::barrier, {0, 0}, {0, 0}},
    };
    for (const Row& row : rows) {
        const CollectiveCall call = call_of(row.collective, 10, 1);
        EXPECT_EQ(buffer_elements(call, 1, 4), row.root) << name(row.collective);
        EXPECT_EQ(buffer_elements(call, 2, 4), row.other) << name(row.collective);
    }
}

TEST(Types, alltoallv_buffers_hold_the_sums_of_the_counts)
{
    CollectiveCall call = call_of(Collective::alltoallv, 0);
    call.send_counts = {1, 0, 5};
    call.recv_counts = {1, 7, 3};
    EXPECT_EQ(buffer_elements(call, 0, 3), (BufferElements{6, 11}));
}

TEST(Types, a_rank_without_a_partner_needs_no_buffer)
{
    EXPECT_EQ(buffer_elements(call_of(Collective::pingpong, 10), 2, 3), (BufferElements{0, 0}));
    EXPECT_EQ(buffer_elements(call_of(Collective::bidirectional, 10), 0, 1), (BufferElements{0, 0}));
}

TEST(Types, more_than_two_to_the_31_elements_do_not_overflow)
{
    const std::uint64_t block = std::uint64_t{3} << 30;
    EXPECT_EQ(buffer_elements(call_of(Collective::alltoall, block), 0, 1000).send, block * 1000);
    EXPECT_EQ(in_place_offsets(call_of(Collective::allgather, block), 999, 1000).input, block * 999);
}

TEST(Types, in_place_offsets_follow_the_convention_of_mpi)
{
    struct Row {
        Collective collective;
        InPlaceOffsets root;
        InPlaceOffsets other;
    };
    // 4 ranks, 10 elements a block, root 1, other rank 2
    constexpr std::array rows{
        Row{Collective::allreduce, {0, 0}, {0, 0}},   Row{Collective::reduce_scatter, {0, 0}, {0, 0}},
        Row{Collective::allgather, {10, 0}, {20, 0}}, Row{Collective::reduce, {0, 0}, {0, 0}},
        Row{Collective::gather, {10, 0}, {0, 0}},     Row{Collective::scatter, {0, 10}, {0, 0}},
        Row{Collective::alltoall, {0, 0}, {0, 0}},
    };
    for (const Row& row : rows) {
        const CollectiveCall call = call_of(row.collective, 10, 1);
        EXPECT_EQ(in_place_offsets(call, 1, 4), row.root) << name(row.collective);
        EXPECT_EQ(in_place_offsets(call, 2, 4), row.other) << name(row.collective);
    }
}

TEST(Types, in_place_data_fit_into_the_larger_of_the_two_buffers)
{
    for (const CollectiveInfo& row : all_collectives()) {
        if (!row.in_place) {
            continue;
        }
        for (const int ranks : {1, 2, 3, 5}) {
            for (int rank = 0; rank < ranks; ++rank) {
                CollectiveCall call = call_of(row.collective, 10, ranks - 1);
                call.send_counts = BlockCounts::even(static_cast<std::size_t>(ranks), 4);
                call.recv_counts = BlockCounts::even(static_cast<std::size_t>(ranks), 7);
                const auto elements = buffer_elements(call, rank, ranks);
                const auto offsets = in_place_offsets(call, rank, ranks);
                const std::uint64_t room = std::max(elements.send, elements.recv);
                EXPECT_LE(offsets.input + elements.send, room) << row.name;
                EXPECT_LE(offsets.output + elements.recv, room) << row.name;
            }
        }
    }
}

TEST(Types, adjacent_partners_are_neighbours_and_halves_are_half_the_group_apart)
{
    EXPECT_EQ(partner(PairLayout::adjacent, 0, 6), 1);
    EXPECT_EQ(partner(PairLayout::adjacent, 1, 6), 0);
    EXPECT_EQ(partner(PairLayout::adjacent, 4, 6), 5);
    EXPECT_EQ(partner(PairLayout::halves, 0, 6), 3);
    EXPECT_EQ(partner(PairLayout::halves, 5, 6), 2);
}

TEST(Types, partners_face_each_other_and_only_the_last_of_an_odd_number_sits_out)
{
    for (const auto pairs : {PairLayout::adjacent, PairLayout::halves}) {
        for (int ranks = 1; ranks <= 9; ++ranks) {
            for (int rank = 0; rank < ranks; ++rank) {
                const auto other = partner(pairs, rank, ranks);
                ASSERT_EQ(other.has_value(), ranks % 2 == 0 || rank != ranks - 1) << rank << " of " << ranks;
                if (other) {
                    EXPECT_NE(*other, rank);
                    EXPECT_EQ(partner(pairs, *other, ranks), rank);
                }
            }
        }
    }
}

}  // namespace
}  // namespace plumbline
