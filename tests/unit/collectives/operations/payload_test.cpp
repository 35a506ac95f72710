// SPDX-License-Identifier: Apache-2.0
#include "collectives/operations/payload.hpp"

#include "collectives/operations/small_float.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace plumbline {
namespace {

using Bytes = std::vector<std::byte>;

template <class T>
Bytes bytes_of(const std::vector<T>& values)
{
    Bytes result(values.size() * sizeof(T));
    std::memcpy(result.data(), values.data(), result.size());
    return result;
}

template <class T>
std::vector<T> values_of(const Bytes& bytes)
{
    std::vector<T> result(bytes.size() / sizeof(T));
    std::memcpy(result.data(), bytes.data(), bytes.size());
    return result;
}

std::uint64_t input_elements(const CollectiveCall& call, int rank, int ranks)
{
    const BufferElements elements = buffer_elements(call, rank, ranks);
    return call.collective == Collective::broadcast ? elements.recv : elements.send;
}

Bytes input_of(const CollectiveCall& call, int rank, int ranks)
{
    Bytes data(input_elements(call, rank, ranks) * size_of(call.dtype));
    fill_input(call, rank, ranks, 0, data);
    return data;
}

Bytes expected_of(const CollectiveCall& call, int rank, int ranks)
{
    Bytes data(buffer_elements(call, rank, ranks).recv * size_of(call.dtype));
    fill_expected(call, rank, ranks, 0, data);
    return data;
}

/// The calls of all ranks: they differ in alltoallv's counts only. Rank s sends rank d (s + 2 d) mod 4 * count
/// elements.
std::vector<CollectiveCall> calls_of(const CollectiveCall& call, int ranks)
{
    const auto n = static_cast<std::size_t>(ranks);
    std::vector<CollectiveCall> calls(n, call);
    if (call.collective != Collective::alltoallv) {
        return calls;
    }
    for (std::size_t s = 0; s < n; ++s) {
        std::vector<std::uint64_t> sent;
        std::vector<std::uint64_t> received;
        for (std::size_t d = 0; d < n; ++d) {
            sent.push_back((s + 2 * d) % 4 * call.count);
            received.push_back((d + 2 * s) % 4 * call.count);
        }
        calls[s].send_counts = sent;
        calls[s].recv_counts = received;
    }
    return calls;
}

/// What each rank must hold when the bytes go where the definition of the collective says.
class ByDefinition {
public:
    ByDefinition(const CollectiveCall& call, int ranks) : ranks_(ranks), calls_(calls_of(call, ranks))
    {
        for (int rank = 0; rank < ranks; ++rank) {
            inputs_.push_back(input_of(calls_[index(rank)], rank, ranks));
        }
    }

    const CollectiveCall& call(int rank) const { return calls_[index(rank)]; }

    Bytes output(int rank) const
    {
        const CollectiveCall& own = call(rank);
        switch (own.collective) {
            case Collective::allreduce:
            case Collective::reduce:
                return reduced();
            case Collective::reduce_scatter:
                return block(reduced(), rank);
            case Collective::allgather:
            case Collective::gather:
                return joined([&](int source) { return inputs_[index(source)]; });
            case Collective::broadcast:
                return inputs_[index(own.root)];
            case Collective::scatter:
                return block(inputs_[index(own.root)], rank);
            case Collective::alltoall:
                return joined([&](int source) { return block(inputs_[index(source)], rank); });
            case Collective::alltoallv:
                return joined([&](int source) { return unequal_block(source, rank); });
            case Collective::sendrecv:
                return inputs_[index((rank + ranks_ - 1) % ranks_)];
            case Collective::pingpong:
            case Collective::bidirectional:
                return inputs_[index(partner(own.pairs, rank, ranks_).value_or(-1))];
            case Collective::barrier:
                return {};
        }
        throw std::logic_error("no such collective");
    }

private:
    static std::size_t index(int rank) { return static_cast<std::size_t>(rank); }

    Bytes reduced() const
    {
        Bytes result = inputs_.front();
        for (std::size_t rank = 1; rank < inputs_.size(); ++rank) {
            reduce_into(calls_.front().dtype, calls_.front().op, result, inputs_[rank]);
        }
        return result;
    }

    Bytes block(const Bytes& all, int which) const
    {
        const auto size = static_cast<std::ptrdiff_t>(calls_.front().count * size_of(calls_.front().dtype));
        return {all.begin() + size * which, all.begin() + size * (which + 1)};
    }

    Bytes unequal_block(int source, int destination) const
    {
        const CollectiveCall& sender = call(source);
        const Bytes& all = inputs_[index(source)];
        std::size_t start = 0;
        for (int rank = 0; rank < destination; ++rank) {
            start += sender.send_counts[index(rank)] * size_of(sender.dtype);
        }
        const auto first = all.begin() + static_cast<std::ptrdiff_t>(start);
        return {first,
                first + static_cast<std::ptrdiff_t>(sender.send_counts[index(destination)] * size_of(sender.dtype))};
    }

    template <class TimeCategory>
    Bytes joined(TimeCategory&& part) const
    {
        Bytes result;
        for (int source = 0; source < ranks_; ++source) {
            const Bytes piece = part(source);
            result.insert(result.end(), piece.begin(), piece.end());
        }
        return result;
    }

    int ranks_;
    std::vector<CollectiveCall> calls_;
    std::vector<Bytes> inputs_;
};

std::vector<ReduceOp> ops_of(const CollectiveInfo& row)
{
    return row.reduces ? std::vector{ReduceOp::sum, ReduceOp::max, ReduceOp::min} : std::vector{ReduceOp::sum};
}

/// Every collective, operation and type, at this many ranks and elements.
template <class Visit>
void for_each_call(int ranks, std::uint64_t count, Visit&& visit)
{
    for (const CollectiveInfo& row : all_collectives()) {
        for (const DataTypeInfo& type : all_data_types()) {
            for (const ReduceOp op : ops_of(row)) {
                visit(CollectiveCall{
                    .collective = row.collective, .dtype = type.dtype, .op = op, .count = count, .root = ranks - 1});
            }
        }
    }
}

std::string text_of(const CollectiveCall& call, int rank, int ranks)
{
    return std::string(name(call.collective)) + " " + std::string(name(call.dtype)) + " " + std::string(name(call.op)) +
           ", rank " + std::to_string(rank) + " of " + std::to_string(ranks);
}

TEST(Payload, expected_output_is_what_the_definition_makes_of_the_inputs)
{
    for (const int ranks : {1, 2, 3, 4, 5, 16, 17, 33}) {
        for_each_call(ranks, 7, [&](const CollectiveCall& call) {
            const ByDefinition definition(call, ranks);
            for (int rank = 0; rank < ranks; ++rank) {
                if (has_output(call, rank, ranks)) {
                    const auto wrong = check_output(definition.call(rank), rank, ranks, 0, definition.output(rank));
                    EXPECT_FALSE(wrong) << text_of(call, rank, ranks);
                }
            }
        });
    }
}

TEST(Payload, sums_are_exact_in_every_type_in_any_order_at_thousands_of_ranks)
{
    constexpr int ranks = 1500;
    for (const DataTypeInfo& type : all_data_types()) {
        const CollectiveCall call{.collective = Collective::allreduce, .dtype = type.dtype, .count = 41};
        Bytes forwards = input_of(call, 0, ranks);
        Bytes backwards = input_of(call, ranks - 1, ranks);
        for (int rank = 1; rank < ranks; ++rank) {
            reduce_into(type.dtype, ReduceOp::sum, forwards, input_of(call, rank, ranks));
            reduce_into(type.dtype, ReduceOp::sum, backwards, input_of(call, ranks - 1 - rank, ranks));
        }
        EXPECT_EQ(check_output(call, 3, ranks, 0, forwards), std::nullopt) << type.name;
        EXPECT_EQ(forwards, backwards) << type.name;
    }
}

TEST(Payload, at_most_sixteen_ranks_add_to_one_element)
{
    constexpr int ranks = 40;
    const CollectiveCall call{.collective = Collective::allreduce, .dtype = DataType::int8, .count = 100};
    std::vector<int> adding(call.count, 0);
    for (int rank = 0; rank < ranks; ++rank) {
        const auto values = values_of<std::int8_t>(input_of(call, rank, ranks));
        for (std::size_t i = 0; i < values.size(); ++i) {
            EXPECT_GE(values[i], 0);
            EXPECT_LE(values[i], 7);
            adding[i] += values[i] != 0 ? 1 : 0;
        }
    }
    EXPECT_EQ(adding, std::vector<int>(call.count, 16));
}

TEST(Payload, a_reduction_without_one_rank_does_not_pass)
{
    constexpr int ranks = 5;
    for (const DataTypeInfo& type : all_data_types()) {
        for (const ReduceOp op : {ReduceOp::sum, ReduceOp::max, ReduceOp::min}) {
            const CollectiveCall call{
                .collective = Collective::allreduce, .dtype = type.dtype, .op = op, .count = ranks};
            for (int missing = 0; missing < ranks; ++missing) {
                Bytes result = input_of(call, (missing + 1) % ranks, ranks);
                for (int k = 2; k < ranks; ++k) {
                    reduce_into(type.dtype, op, result, input_of(call, (missing + k) % ranks, ranks));
                }
                EXPECT_TRUE(check_output(call, 0, ranks, 0, result)) << text_of(call, missing, ranks);
            }
        }
    }
}

/// What `rank` contributes, other ranks counting by `shift`.
Bytes shifted_input(const CollectiveCall& call, int rank, int ranks, std::uint64_t shift)
{
    Bytes data(call.count * size_of(call.dtype));
    fill_input(call, rank, ranks, 0, data, shift);
    return data;
}

/// The result where `missing` gives what a rank gives that counts for nothing; the honest one where it is -1.
Bytes result_without(const CollectiveCall& call, int missing, int ranks, std::uint64_t shift)
{
    const int first = missing == 0 ? 1 : 0;
    Bytes result = shifted_input(call, first, ranks, shift);
    for (int rank = first + 1; rank < ranks; ++rank) {
        if (rank != missing) {
            reduce_into(call.dtype, call.op, result, shifted_input(call, rank, ranks, shift));
        }
    }
    return result;
}

/// Whether the result is another without these data of one rank: it adds something, or holds an extreme.
bool counts(const CollectiveCall& call, const Bytes& mine, const Bytes& expected)
{
    if (call.op == ReduceOp::sum) {
        return mine != Bytes(mine.size());
    }
    const std::size_t size = size_of(call.dtype);
    for (std::size_t at = 0; at < mine.size(); at += size) {
        if (std::memcmp(&mine[at], &expected[at], size) == 0) {
            return true;
        }
    }
    return false;
}

TEST(Payload, whichever_of_12288_ranks_gives_nothing_to_8_bytes_is_found_within_the_executions_that_show_all)
{
    constexpr int ranks = 12288;
    for (const DataTypeInfo& type : all_data_types()) {
        for (const ReduceOp op : {ReduceOp::sum, ReduceOp::max}) {
            const CollectiveCall call{
                .collective = Collective::allreduce, .dtype = type.dtype, .op = op, .count = 8 / size_of(type.dtype)};
            const Bytes expected = expected_of(call, 0, ranks);
            const std::uint64_t seen = ranks_seen(call, ranks);
            for (const int missing : {0, 4711, ranks - 1}) {
                std::uint64_t shift = 0;
                while (shift < ranks && !counts(call, shifted_input(call, missing, ranks, shift), expected)) {
                    shift += seen;
                }
                ASSERT_LT(shift, ranks) << text_of(call, missing, ranks) << " never counts";
                EXPECT_EQ(result_without(call, -1, ranks, shift), expected) << text_of(call, missing, ranks);
                EXPECT_TRUE(check_output(call, 0, ranks, 0, result_without(call, missing, ranks, shift)))
                    << text_of(call, missing, ranks);
            }
        }
    }
    const auto seen = [](DataType dtype, std::uint64_t count) {
        return ranks_seen({.collective = Collective::allreduce, .dtype = dtype, .count = count}, ranks);
    };
    EXPECT_EQ(seen(DataType::float32, 2), 12288U) << "all add to each element";
    EXPECT_EQ(seen(DataType::bfloat16, 4), 19U) << "16 add to each element, which are one rank further on the next";
    EXPECT_EQ(seen(DataType::bfloat16, 12288), 12288U);
}

TEST(Payload, one_rank_in_place_of_both_its_neighbours_does_not_pass)
{
    constexpr int ranks = 12288;
    const CollectiveCall call{.collective = Collective::allreduce, .dtype = DataType::float32, .count = 2};
    Bytes result = shifted_input(call, 0, ranks, 0);
    for (int rank = 1; rank < ranks; ++rank) {
        reduce_into(call.dtype, call.op, result, shifted_input(call, rank == 99 || rank == 101 ? 100 : rank, ranks, 0));
    }
    EXPECT_TRUE(check_output(call, 0, ranks, 0, result));
}

TEST(Payload, extremes_have_both_signs_where_the_type_has)
{
    for (const ReduceOp op : {ReduceOp::max, ReduceOp::min}) {
        const CollectiveCall call{.collective = Collective::allreduce, .dtype = DataType::int8, .op = op, .count = 64};
        const auto values = values_of<std::int8_t>(input_of(call, 0, 3));
        EXPECT_LT(*std::min_element(values.begin(), values.end()), 0);
        EXPECT_GT(*std::max_element(values.begin(), values.end()), 0);
    }
}

TEST(Payload, ranks_and_destinations_differ_at_every_element)
{
    constexpr int ranks = 15;
    for (const DataTypeInfo& type : all_data_types()) {
        const CollectiveCall call{.collective = Collective::alltoall, .dtype = type.dtype, .count = 3};
        for (std::uint64_t element = 0; element < call.count; ++element) {
            std::set<std::string> seen;
            for (int rank = 0; rank < ranks; ++rank) {
                const Bytes data = input_of(call, rank, ranks);
                for (std::uint64_t block = 0; block < ranks; ++block) {
                    const std::size_t at = (block * call.count + element) * type.bytes;
                    seen.insert(element_text(type.dtype, std::span(data).subspan(at, type.bytes)));
                }
            }
            EXPECT_EQ(seen.size(), static_cast<std::size_t>(ranks * ranks)) << type.name;
        }
    }
}

TEST(Payload, data_shifted_by_one_element_or_swapped_by_a_block_do_not_pass)
{
    constexpr int ranks = 4;
    for (const Collective collective : {Collective::allgather, Collective::alltoall, Collective::allreduce}) {
        for (const DataTypeInfo& type : all_data_types()) {
            const CollectiveCall call{.collective = collective, .dtype = type.dtype, .count = 64};
            const Bytes right = expected_of(call, 1, ranks);
            Bytes shifted = right;
            std::rotate(shifted.begin(), shifted.begin() + static_cast<std::ptrdiff_t>(type.bytes), shifted.end());
            EXPECT_TRUE(check_output(call, 1, ranks, 0, shifted)) << text_of(call, 1, ranks);
            Bytes swapped = right;
            const auto half = static_cast<std::ptrdiff_t>(right.size() / 2);
            std::swap_ranges(swapped.begin(), swapped.begin() + half, swapped.begin() + half);
            EXPECT_TRUE(check_output(call, 1, ranks, 0, swapped)) << text_of(call, 1, ranks);
        }
    }
}

TEST(Payload, untouched_receive_buffers_do_not_pass)
{
    for (const std::byte poison : {std::byte{0x00}, std::byte{0xff}, std::byte{0x5a}}) {
        for_each_call(4, 33, [&](const CollectiveCall& call) {
            const CollectiveCall own = calls_of(call, 4)[3];
            const Bytes untouched(buffer_elements(own, 3, 4).recv * size_of(call.dtype), poison);
            EXPECT_EQ(check_output(own, 3, 4, 0, untouched).has_value(), has_output(own, 3, 4)) << text_of(call, 3, 4);
        });
    }
}

TEST(Payload, a_receiver_of_a_broadcast_starts_with_other_data_than_the_root)
{
    const CollectiveCall call{.collective = Collective::broadcast, .dtype = DataType::int8, .count = 1, .root = 2};
    EXPECT_FALSE(check_output(call, 0, 4, 0, input_of(call, 2, 4)));
    EXPECT_TRUE(check_output(call, 0, 4, 0, input_of(call, 0, 4)));
}

TEST(Payload, windows_of_any_size_join_to_the_whole)
{
    constexpr int ranks = 5;
    for_each_call(ranks, 11, [&](const CollectiveCall& call) {
        const CollectiveCall own = calls_of(call, ranks)[4];
        const std::uint64_t size = size_of(call.dtype);
        const Bytes input = input_of(own, 4, ranks);
        const Bytes expected = expected_of(own, 4, ranks);
        for (const std::uint64_t step : {1u, 4u, 13u}) {
            Bytes input_pieces(input.size());
            for (std::uint64_t first = 0; first < input.size() / size; first += step) {
                const std::uint64_t length = std::min(step, input.size() / size - first);
                fill_input(own, 4, ranks, first, std::span(input_pieces).subspan(first * size, length * size));
            }
            EXPECT_EQ(input_pieces, input) << text_of(call, 4, ranks);
            for (std::uint64_t first = 0; first < expected.size() / size; first += step) {
                const std::uint64_t length = std::min(step, expected.size() / size - first);
                const auto window = std::span(expected).subspan(first * size, length * size);
                EXPECT_FALSE(check_output(own, 4, ranks, first, window)) << text_of(call, 4, ranks) << " " << first;
            }
        }
    });
}

TEST(Payload, a_wrong_element_is_named_with_what_was_expected_and_what_came)
{
    const CollectiveCall call{.collective = Collective::allgather, .dtype = DataType::int32, .count = 10000};
    auto values = values_of<std::int32_t>(expected_of(call, 0, 2));
    const std::int32_t right = values[15000];
    values[15000] = -5;
    values[15001] = -6;
    const Bytes data = bytes_of(values);
    const Mismatch wrong = check_output(call, 0, 2, 0, data).value_or(Mismatch{});
    EXPECT_EQ(wrong.element, 15000u);
    EXPECT_EQ(wrong.expected, std::to_string(right));
    EXPECT_EQ(wrong.got, "-5");

    const auto window = std::span(data).subspan(std::size_t{14000} * 4);
    EXPECT_EQ(check_output(call, 0, 2, 14000, window).value_or(Mismatch{}).element, 15000u);
}

TEST(Payload, a_negative_zero_equals_zero)
{
    // Moved bfloat16 are 0 to 250, so that a few of 4096 are zeros.
    const CollectiveCall call{.collective = Collective::sendrecv, .dtype = DataType::bfloat16, .count = 4096};
    auto values = values_of<std::uint16_t>(expected_of(call, 0, 2));
    ASSERT_NE(std::count(values.begin(), values.end(), 0), 0);
    std::replace(values.begin(), values.end(), std::uint16_t{0}, std::uint16_t{0x8000});
    EXPECT_FALSE(check_output(call, 0, 2, 0, bytes_of(values)));
}

TEST(Payload, only_the_root_of_a_reduce_or_gather_and_ranks_with_a_partner_have_an_output)
{
    for (const Collective collective : {Collective::reduce, Collective::gather}) {
        const CollectiveCall call{.collective = collective, .count = 1, .root = 1};
        EXPECT_TRUE(has_output(call, 1, 3));
        EXPECT_FALSE(has_output(call, 0, 3));
    }
    for (const Collective collective : {Collective::pingpong, Collective::bidirectional}) {
        const CollectiveCall call{.collective = collective, .count = 1};
        EXPECT_TRUE(has_output(call, 1, 3));
        EXPECT_FALSE(has_output(call, 2, 3));
    }
    EXPECT_FALSE(has_output({.collective = Collective::barrier}, 0, 3));
    EXPECT_TRUE(has_output({.collective = Collective::scatter, .count = 1}, 2, 3));
}

TEST(Payload, elements_beyond_two_to_the_32_are_no_repetition_of_the_first_ones)
{
    const std::uint64_t far = std::uint64_t{1} << 32;
    const CollectiveCall call{.collective = Collective::allreduce, .dtype = DataType::uint8, .count = 2 * far};
    Bytes near_data(64);
    Bytes far_data(64);
    fill_expected(call, 0, 3, 0, near_data);
    fill_expected(call, 0, 3, far, far_data);
    EXPECT_NE(near_data, far_data);
}

TEST(Payload, windows_that_leave_the_buffer_are_refused)
{
    const CollectiveCall call{.collective = Collective::allgather, .dtype = DataType::float32, .count = 4};
    Bytes data(8);
    EXPECT_NO_THROW(fill_expected(call, 0, 2, 6, data));
    EXPECT_THROW(fill_expected(call, 0, 2, 7, data), std::logic_error);
    EXPECT_THROW(fill_expected(call, 0, 2, 9, {}), std::logic_error);
    EXPECT_THROW(fill_input(call, 0, 2, 3, data), std::logic_error);
    EXPECT_THROW(fill_input(call, 0, 2, 0, std::span(data).first(7)), std::logic_error);
}

TEST(ReduceInto, combines_integers_and_floats)
{
    const auto combined = [](DataType dtype, ReduceOp op, const auto& a, const auto& b) {
        Bytes dst = bytes_of(a);
        reduce_into(dtype, op, dst, bytes_of(b));
        return values_of<typename std::remove_cvref_t<decltype(a)>::value_type>(dst);
    };
    using Int8s = std::vector<std::int8_t>;
    EXPECT_EQ(combined(DataType::int8, ReduceOp::sum, Int8s{-3, 100}, Int8s{5, 27}), (Int8s{2, 127}));
    EXPECT_EQ(combined(DataType::int8, ReduceOp::max, Int8s{-3, 100}, Int8s{5, 27}), (Int8s{5, 100}));
    EXPECT_EQ(combined(DataType::int8, ReduceOp::min, Int8s{-3, 100}, Int8s{5, 27}), (Int8s{-3, 27}));
    using Uint8s = std::vector<std::uint8_t>;
    EXPECT_EQ(combined(DataType::uint8, ReduceOp::sum, Uint8s{200, 1}, Uint8s{55, 2}), (Uint8s{255, 3}));
    EXPECT_EQ(combined(DataType::uint8, ReduceOp::max, Uint8s{200, 1}, Uint8s{55, 2}), (Uint8s{200, 2}));
    using Int32s = std::vector<std::int32_t>;
    EXPECT_EQ(combined(DataType::int32, ReduceOp::sum, Int32s{1 << 30}, Int32s{-1}), (Int32s{(1 << 30) - 1}));
    using Floats = std::vector<float>;
    EXPECT_EQ(combined(DataType::float32, ReduceOp::sum, Floats{0.5f, -1}, Floats{0.25f, 3}), (Floats{0.75f, 2}));
    EXPECT_EQ(combined(DataType::float32, ReduceOp::min, Floats{0.5f, -1}, Floats{0.25f, 3}), (Floats{0.25f, -1}));
    using Doubles = std::vector<double>;
    EXPECT_EQ(combined(DataType::float64, ReduceOp::sum, Doubles{1}, Doubles{1e-16 * 4}), (Doubles{1 + 1e-16 * 4}));
    using Halves = std::vector<std::uint16_t>;
    // float16: 1 = 0x3c00, 2 = 0x4000, 3 = 0x4200; bfloat16: 1 = 0x3f80, 2 = 0x4000, 3 = 0x4040
    EXPECT_EQ(combined(DataType::float16, ReduceOp::sum, Halves{0x3c00}, Halves{0x4000}), (Halves{0x4200}));
    EXPECT_EQ(combined(DataType::bfloat16, ReduceOp::sum, Halves{0x3f80}, Halves{0x4000}), (Halves{0x4040}));
    EXPECT_EQ(combined(DataType::bfloat16, ReduceOp::max, Halves{0xbf80}, Halves{0x4000}), (Halves{0x4000}));
    // float8_e4m3: 1 = 0x38, 2 = 0x40, 3 = 0x44; float8_e5m2: 1 = 0x3c, 2 = 0x40, 3 = 0x42
    EXPECT_EQ(combined(DataType::float8_e4m3, ReduceOp::sum, Uint8s{0x38}, Uint8s{0x40}), (Uint8s{0x44}));
    EXPECT_EQ(combined(DataType::float8_e5m2, ReduceOp::sum, Uint8s{0x3c}, Uint8s{0x40}), (Uint8s{0x42}));
    EXPECT_EQ(combined(DataType::float8_e4m3, ReduceOp::min, Uint8s{0xb8}, Uint8s{0x40}), (Uint8s{0xb8}));
    EXPECT_THROW(combined(DataType::int8, ReduceOp::sum, Int8s{1, 2}, Int8s{1}), std::logic_error);
}

TEST(ReduceInto, half_sums_round_to_nearest_even)
{
    // 2048 + 1 lies midway between 2048 and 2050: the even mantissa is 2048's; 2050 + 1 goes up to 2052.
    Bytes sums = bytes_of(std::vector<std::uint16_t>{0x6800, 0x6801});
    reduce_into(DataType::float16, ReduceOp::sum, sums, bytes_of(std::vector<std::uint16_t>{0x3c00, 0x3c00}));
    EXPECT_EQ(values_of<std::uint16_t>(sums), (std::vector<std::uint16_t>{0x6800, 0x6802}));
}

TEST(ElementText, shows_the_number_in_its_type)
{
    const auto text = [](DataType dtype, auto value) {
        return element_text(dtype, std::as_bytes(std::span(&value, 1)));
    };
    EXPECT_EQ(text(DataType::float32, 0.1f), "0.1");
    EXPECT_EQ(text(DataType::float64, 1e300), "1e+300");
    EXPECT_EQ(text(DataType::float16, std::uint16_t{0x3e00}), "1.5");
    EXPECT_EQ(text(DataType::bfloat16, std::uint16_t{0xc040}), "-3");
    EXPECT_EQ(text(DataType::int32, std::int32_t{-7}), "-7");
    EXPECT_EQ(text(DataType::int8, std::int8_t{-128}), "-128");
    EXPECT_EQ(text(DataType::uint8, std::uint8_t{255}), "255");
    EXPECT_EQ(text(DataType::float8_e4m3, std::uint8_t{0xb8}), "-1");
    EXPECT_EQ(text(DataType::float8_e5m2, std::uint8_t{0x3e}), "1.5");
    EXPECT_THROW(text(DataType::float64, 1.0f), std::logic_error);
}

}  // namespace
}  // namespace plumbline
