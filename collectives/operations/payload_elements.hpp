// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/operations/number_format.hpp"
#include "collectives/util/device_code.hpp"
#include "collectives/util/hash.hpp"

/// The formulas behind payload.hpp, for a single element: what is sent, what a reduction is given, and its result.
namespace plumbline::payload {

/// 32 bits of `bits` scaled to [0, limit), limit <= 2^32.
PLUMBLINE_ON_BOTH constexpr std::uint64_t below(std::uint64_t bits, std::uint64_t limit)
{
    return ((bits & 0xffffffff) * limit) >> 32;
}

/// Independent streams of numbers.
constexpr std::uint64_t message_stream = 1;
constexpr std::uint64_t reduction_stream = 2;
constexpr std::uint64_t candidate_stream = 3;
constexpr std::uint64_t turn_stream = 4;

/// The number that all ranks draw from at an element of a reduction.
PLUMBLINE_ON_BOTH constexpr std::uint64_t reduction_hash(std::uint64_t element)
{
    return hashed(hashed(reduction_stream, 0), element);
}

enum class Content : std::uint8_t {
    message,
    sum,
    maximum,
    minimum,
};

/// Consecutive elements of one message, or of one reduction's result.
struct Run {
    Content content = Content::message;
    std::uint64_t first = 0;   ///< index of the run's first element within the message or result
    std::uint64_t key = 0;     ///< of a message
    std::uint64_t offset = 0;  ///< of a message
    std::uint64_t turns = 0;   ///< of a sum: ranks that contribute to each element
    std::uint64_t spread = 0;  ///< of a sum: Summands::common
    std::int64_t own = 0;      ///< of a sum: what the contributors add by their turns alone
};

/// Messages of up to 16 sources and 15 destinations are certain to differ at every element, because their offsets do;
/// those of ranks further apart differ as hashes do. `destination` is 0 also where all receivers get the same.
PLUMBLINE_ON_BOTH constexpr Run message_run(std::uint64_t source, std::uint64_t destination, std::uint64_t first)
{
    Run run{};
    run.content = Content::message;
    run.first = first;
    run.key = hashed(hashed(message_stream, source / 16), destination / 15);
    run.offset = source % 16 + 16 * (destination % 15);
    return run;
}

template <DataType dtype>
PLUMBLINE_ON_BOTH typename NumberFormat<dtype>::Stored message_element(const Run& run, std::uint64_t i)
{
    using Layout = NumberFormat<dtype>;
    constexpr std::uint64_t values = Layout::values;
    static_assert(16 * 15 <= values, "offsets of messages have to differ");
    const std::uint64_t value = below(hashed(run.key, run.first + i), values) + run.offset;
    return Layout::template moved<Layout>(value >= values ? value - values : value);
}

/// What ranks add to a sum so that it is exact in any order: `turns` of them contribute to each element, each 1 and a
/// number below `own` that its turn decides, and one below `common` that the element decides. Where they are so many
/// that 1 is all that each may add, it is 1 or -1, and both are 0.
struct Summands {
    std::uint64_t turns = 0;
    std::uint64_t own = 0;
    std::uint64_t common = 0;
};

template <DataType dtype>
PLUMBLINE_ON_BOTH constexpr Summands summands_of(std::uint64_t ranks)
{
    using Layout = NumberFormat<dtype>;
    constexpr std::uint64_t largest_sum = Layout::addend * Layout::contributors;
    constexpr std::uint64_t least = 16;  // that a rank can add where all do, so that ranks differ
    const bool some = ranks > Layout::contributors && ranks > largest_sum / least;
    const std::uint64_t turns = some ? Layout::contributors : ranks;
    const std::uint64_t each = largest_sum / turns;
    return each < 2 ? Summands{turns, 0, 0} : Summands{turns, each - each / 2, each / 2 + 1};
}

/// What contributor number `turn` adds of its own.
PLUMBLINE_ON_BOTH constexpr std::uint64_t own_summand(std::uint64_t turn, std::uint64_t own)
{
    return 1 + below(hashed(hashed(turn_stream, 0), turn), own);
}

/// 1 or -1, for each turn from another bit of the element's hash.
PLUMBLINE_ON_BOTH constexpr std::int64_t sign_of(std::uint64_t hash, std::uint64_t turn)
{
    return 1 - 2 * static_cast<std::int64_t>((hash >> (32 + turn)) & 1U);
}

template <DataType dtype>
PLUMBLINE_ON_BOTH typename NumberFormat<dtype>::Stored sum_element(const Run& run, std::uint64_t i)
{
    const std::uint64_t hash = reduction_hash(run.first + i);
    if (run.spread != 0) {
        return NumberFormat<dtype>::encode(run.own + static_cast<std::int64_t>(run.turns * below(hash, run.spread)));
    }
    std::int64_t sum = 0;
    for (std::uint64_t turn = 0; turn < run.turns; ++turn) {
        sum += sign_of(hash, turn);
    }
    return NumberFormat<dtype>::encode(sum);
}

/// `level` counts up from the lowest value for max, and down from the highest for min.
template <DataType dtype>
PLUMBLINE_ON_BOTH typename NumberFormat<dtype>::Stored level_element(std::uint64_t level, bool of_maximum)
{
    using Layout = NumberFormat<dtype>;
    const std::uint64_t value = of_maximum ? level : 2 * Layout::half_range - 1 - level;
    const std::uint64_t zero = dtype == DataType::uint8 ? 0 : Layout::half_range;
    return Layout::encode(static_cast<std::int64_t>(value) - static_cast<std::int64_t>(zero));
}

/// The extreme of an element: in the upper half of the levels.
template <DataType dtype>
PLUMBLINE_ON_BOTH std::uint64_t extreme_level(std::uint64_t element)
{
    constexpr std::uint64_t half_range = NumberFormat<dtype>::half_range;
    return half_range + below(reduction_hash(element), half_range);
}

/// The expected value of element `i` of a run.
template <DataType dtype>
PLUMBLINE_ON_BOTH typename NumberFormat<dtype>::Stored expected_element(const Run& run, std::uint64_t i)
{
    switch (run.content) {
        case Content::message:
            return message_element<dtype>(run, i);
        case Content::sum:
            return sum_element<dtype>(run, i);
        case Content::maximum:
        case Content::minimum:
            break;
    }
    return level_element<dtype>(extreme_level<dtype>(run.first + i), run.content == Content::maximum);
}

/// Whether an element has the expected value, which is never a NaN. The sign of a zero is ignored.
template <DataType dtype>
PLUMBLINE_ON_BOTH bool same_number(typename NumberFormat<dtype>::Stored expected,
                                   typename NumberFormat<dtype>::Stored got)
{
    return NumberFormat<dtype>::decode(expected) == NumberFormat<dtype>::decode(got);
}

}  // namespace plumbline::payload
