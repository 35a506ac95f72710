#include "collectives/payload.hpp"

#include "collectives/hash.hpp"
#include "collectives/number_format.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <stdexcept>

namespace plumbline {
namespace {

template <class T>
T load(const std::byte* data, std::size_t index)
{
    T value;
    std::memcpy(&value, data + index * sizeof(T), sizeof(T));
    return value;
}

template <class T>
void put(std::byte* data, std::size_t index, T value)
{
    std::memcpy(data + index * sizeof(T), &value, sizeof(T));
}

/// 32 bits of `bits` scaled to [0, limit), limit <= 2^32.
constexpr std::uint64_t below(std::uint64_t bits, std::uint64_t limit)
{
    return ((bits & 0xffffffff) * limit) >> 32;
}

/// Streams of numbers that have nothing to do with each other.
constexpr std::uint64_t message_key = 1;
constexpr std::uint64_t reduction_key = hashed(2, 0);
constexpr std::uint64_t candidate_key = 3;

/// A run of elements that one rank sends another: where they lie in the window, and where in the message.
struct Run {
    std::size_t position = 0;
    std::uint64_t length = 0;
    int source = 0;
    int destination = 0;      ///< 0 also where every receiver gets the same
    std::uint64_t first = 0;  ///< element of the message
};

/// Number `index` of the data that are moved.
template <DataType dtype>
auto moved(std::uint64_t index)
{
    using Layout = NumberFormat<dtype>;
    if constexpr (requires { Layout::pattern(index); }) {
        return Layout::pattern(index);
    } else {
        return Layout::encode(static_cast<std::int64_t>(index) + Layout::lowest);
    }
}

/// Messages of up to 16 sources and 15 destinations differ at every element for certain, because their offsets do;
/// ranks further apart differ as hashes do.
template <DataType dtype>
void write_message(const Run& run, std::byte* data)
{
    using Layout = NumberFormat<dtype>;
    const auto source = static_cast<std::uint64_t>(run.source);
    const auto destination = static_cast<std::uint64_t>(run.destination);
    const std::uint64_t key = hashed(hashed(message_key, source / 16), destination / 15);
    const std::uint64_t offset = source % 16 + 16 * (destination % 15);
    static_assert(16 * 15 <= Layout::values);
    for (std::uint64_t i = 0; i < run.length; ++i) {
        std::uint64_t value = below(hashed(key, run.first + i), Layout::values) + offset;
        value -= value >= Layout::values ? Layout::values : 0;
        put(data, run.position + i, moved<dtype>(value));
    }
}

/// A window [first, first + count) of elements of a buffer.
struct Window {
    std::uint64_t first = 0;
    std::uint64_t count = 0;
};

/// Cuts the window into the blocks of `block` elements that it touches; `visit(index, first in block, position,
/// length)`.
template <class Visit>
void for_equal_blocks(const Window& window, std::uint64_t block, Visit&& visit)
{
    for (std::uint64_t position = 0; position < window.count;) {
        const std::uint64_t element = window.first + position;
        const std::uint64_t inside = element % block;
        const std::uint64_t length = std::min(block - inside, window.count - position);
        visit(static_cast<int>(element / block), inside, position, length);
        position += length;
    }
}

/// The same for consecutive blocks of unequal size.
template <class Visit>
void for_unequal_blocks(const Window& window, const std::vector<std::uint64_t>& blocks, Visit&& visit)
{
    std::uint64_t block_start = 0;
    std::uint64_t position = 0;
    for (std::size_t index = 0; index < blocks.size() && position < window.count; ++index) {
        const std::uint64_t block_end = block_start + blocks[index];
        const std::uint64_t element = window.first + position;
        if (element < block_end) {
            const std::uint64_t length = std::min(block_end - element, window.count - position);
            visit(static_cast<int>(index), element - block_start, position, length);
            position += length;
        }
        block_start = block_end;
    }
}

/// Writes the messages that `rank` sends, as they lie in its send buffer.
template <DataType dtype>
void write_sent(const CollectiveCall& call, int rank, const Window& window, std::byte* data)
{
    const auto to_each = [&](int destination, std::uint64_t first, std::uint64_t position, std::uint64_t length) {
        write_message<dtype>({position, length, rank, destination, first}, data);
    };
    if (call.collective == Collective::alltoall || call.collective == Collective::scatter) {
        for_equal_blocks(window, call.count, to_each);
    } else if (call.collective == Collective::alltoallv) {
        for_unequal_blocks(window, call.send_counts, to_each);
    } else {
        write_message<dtype>({0, window.count, rank, 0, window.first}, data);
    }
}

/// The one rank that a rank of `call` receives from.
int only_source(const CollectiveCall& call, int rank, int ranks)
{
    if (call.collective == Collective::sendrecv) {
        return (rank + ranks - 1) % ranks;
    }
    if (info(call.collective).pairs) {
        return partner(call.pairs, rank, ranks).value();
    }
    return call.root;
}

/// Writes the messages that `rank` receives, as they lie in its receive buffer.
template <DataType dtype>
void write_received(const CollectiveCall& call, int rank, int ranks, const Window& window, std::byte* data)
{
    const bool one_for_all = call.collective == Collective::allgather || call.collective == Collective::gather;
    const auto from_each = [&](int source, std::uint64_t first, std::uint64_t position, std::uint64_t length) {
        write_message<dtype>({position, length, source, one_for_all ? 0 : rank, first}, data);
    };
    if (one_for_all || call.collective == Collective::alltoall) {
        for_equal_blocks(window, call.count, from_each);
    } else if (call.collective == Collective::alltoallv) {
        for_unequal_blocks(window, call.recv_counts, from_each);
    } else {
        const int destination = call.collective == Collective::scatter ? rank : 0;
        write_message<dtype>({0, window.count, only_source(call, rank, ranks), destination, window.first}, data);
    }
}

/// What the `turn`-th contributor adds at an element with this hash: 1 to `addend`, each from other bits. Where that is
/// 1 alone, sums would be the same everywhere, and it is 1 or -1.
template <DataType dtype>
std::int64_t addend_of(std::uint64_t hash, std::uint64_t turn)
{
    constexpr std::uint64_t addend = NumberFormat<dtype>::addend;
    const std::uint64_t bits = std::rotr(hash, static_cast<int>(4 * turn));
    return addend == 1 ? 1 - 2 * static_cast<std::int64_t>(below(bits, 2))
                       : 1 + static_cast<std::int64_t>(below(bits, addend));
}

/// A rank adds something to an element only when its turn, (rank + element) mod ranks, is below `contributors`.
template <DataType dtype>
void write_summands(int rank, int ranks, const Window& window, std::byte* data)
{
    const auto n = static_cast<std::uint64_t>(ranks);
    std::uint64_t turn = (static_cast<std::uint64_t>(rank) + window.first % n) % n;
    for (std::uint64_t i = 0; i < window.count; ++i) {
        const std::int64_t addend = addend_of<dtype>(hashed(reduction_key, window.first + i), turn);
        put(data, i, NumberFormat<dtype>::encode(turn < NumberFormat<dtype>::contributors ? addend : 0));
        turn = turn + 1 == n ? 0 : turn + 1;
    }
}

template <DataType dtype>
void write_sums(int ranks, const Window& window, std::byte* data)
{
    constexpr std::uint64_t contributors = NumberFormat<dtype>::contributors;
    const std::uint64_t turns = std::min(static_cast<std::uint64_t>(ranks), contributors);
    for (std::uint64_t i = 0; i < window.count; ++i) {
        const std::uint64_t hash = hashed(reduction_key, window.first + i);
        std::int64_t sum = 0;
        for (std::uint64_t turn = 0; turn < turns; ++turn) {
            sum += addend_of<dtype>(hash, turn);
        }
        put(data, i, NumberFormat<dtype>::encode(sum));
    }
}

/// `level` counts up from the lowest value for max, and down from the highest for min.
template <DataType dtype>
auto encode_level(std::uint64_t level, ReduceOp op)
{
    using Layout = NumberFormat<dtype>;
    const std::uint64_t value = op == ReduceOp::max ? level : 2 * Layout::half_range - 1 - level;
    const std::uint64_t zero = dtype == DataType::uint8 ? 0 : Layout::half_range;
    return Layout::encode(static_cast<std::int64_t>(value) - static_cast<std::int64_t>(zero));
}

/// The extreme of an element: in the upper half of the levels.
template <DataType dtype>
std::uint64_t extreme_level(std::uint64_t element)
{
    constexpr std::uint64_t half_range = NumberFormat<dtype>::half_range;
    return half_range + below(hashed(reduction_key, element), half_range);
}

/// One rank a time, element mod ranks, holds the extreme; the others stay in the lower half of the levels.
template <DataType dtype>
void write_candidates(ReduceOp op, int rank, int ranks, const Window& window, std::byte* data)
{
    const auto n = static_cast<std::uint64_t>(ranks);
    const auto own = static_cast<std::uint64_t>(rank);
    const std::uint64_t key = hashed(candidate_key, own);
    std::uint64_t holder = window.first % n;
    for (std::uint64_t i = 0; i < window.count; ++i) {
        const std::uint64_t element = window.first + i;
        const std::uint64_t level = holder == own ? extreme_level<dtype>(element)
                                                  : below(hashed(key, element), NumberFormat<dtype>::half_range);
        put(data, i, encode_level<dtype>(level, op));
        holder = holder + 1 == n ? 0 : holder + 1;
    }
}

template <DataType dtype>
void write_extremes(ReduceOp op, const Window& window, std::byte* data)
{
    for (std::uint64_t i = 0; i < window.count; ++i) {
        put(data, i, encode_level<dtype>(extreme_level<dtype>(window.first + i), op));
    }
}

/// Throws unless the bytes are whole elements that lie within the `available` ones.
Window window_of(const CollectiveCall& call, std::uint64_t first, std::size_t bytes, std::uint64_t available)
{
    const std::uint64_t size = size_of(call.dtype);
    const Window window{first, bytes / size};
    if (bytes % size != 0 || first > available || window.count > available - first) {
        throw std::logic_error(
            fmt::format("payload: {} bytes from element {} are not a window of the {} elements of {}", bytes, first,
                        available, name(call.collective)));
    }
    return window;
}

template <DataType dtype>
bool same_number(const std::byte* a, const std::byte* b)
{
    using Layout = NumberFormat<dtype>;
    if (std::memcmp(a, b, sizeof(typename Layout::Stored)) == 0) {
        return true;
    }
    return Layout::decode(load<typename Layout::Stored>(a, 0)) == 0 &&
           Layout::decode(load<typename Layout::Stored>(b, 0)) == 0;
}

template <DataType dtype>
std::optional<std::size_t> first_difference(std::span<const std::byte> expected, std::span<const std::byte> got)
{
    constexpr std::size_t size = sizeof(typename NumberFormat<dtype>::Stored);
    if (std::memcmp(expected.data(), got.data(), expected.size()) == 0) {
        return std::nullopt;
    }
    for (std::size_t i = 0; i < expected.size() / size; ++i) {
        if (!same_number<dtype>(expected.data() + i * size, got.data() + i * size)) {
            return i;
        }
    }
    return std::nullopt;
}

template <DataType dtype, class Combine>
void combine_into(std::span<std::byte> dst, std::span<const std::byte> src, Combine&& combine)
{
    using Layout = NumberFormat<dtype>;
    using Stored = typename Layout::Stored;
    for (std::size_t i = 0; i < dst.size() / sizeof(Stored); ++i) {
        const auto a = Layout::decode(load<Stored>(dst.data(), i));
        const auto b = Layout::decode(load<Stored>(src.data(), i));
        put(dst.data(), i, Layout::store(combine(a, b)));
    }
}

}  // namespace

void fill_input(const CollectiveCall& call, int rank, int ranks, std::uint64_t first_element, std::span<std::byte> data)
{
    const BufferElements elements = buffer_elements(call, rank, ranks);
    const std::uint64_t available = call.collective == Collective::broadcast ? elements.recv : elements.send;
    const Window window = window_of(call, first_element, data.size(), available);
    with_type(call.dtype, [&](auto dtype) {
        if (!info(call.collective).reduces) {
            write_sent<dtype()>(call, rank, window, data.data());
        } else if (call.op == ReduceOp::sum) {
            write_summands<dtype()>(rank, ranks, window, data.data());
        } else {
            write_candidates<dtype()>(call.op, rank, ranks, window, data.data());
        }
    });
}

void fill_expected(const CollectiveCall& call, int rank, int ranks, std::uint64_t first_element,
                   std::span<std::byte> data)
{
    Window window = window_of(call, first_element, data.size(), buffer_elements(call, rank, ranks).recv);
    if (window.count == 0) {
        return;
    }
    if (call.collective == Collective::reduce_scatter) {
        window.first += static_cast<std::uint64_t>(rank) * call.count;
    }
    with_type(call.dtype, [&](auto dtype) {
        if (!info(call.collective).reduces) {
            write_received<dtype()>(call, rank, ranks, window, data.data());
        } else if (call.op == ReduceOp::sum) {
            write_sums<dtype()>(ranks, window, data.data());
        } else {
            write_extremes<dtype()>(call.op, window, data.data());
        }
    });
}

std::optional<Mismatch> check_output(const CollectiveCall& call, int rank, int ranks, std::uint64_t first_element,
                                     std::span<const std::byte> data)
{
    const std::uint64_t size = size_of(call.dtype);
    std::array<std::byte, 16384> staging{};
    for (std::size_t offset = 0; offset < data.size(); offset += staging.size()) {
        const auto got = data.subspan(offset, std::min(staging.size(), data.size() - offset));
        const auto expected = std::span(staging).first(got.size());
        const std::uint64_t first = first_element + offset / size;
        fill_expected(call, rank, ranks, first, expected);
        const auto difference =
            with_type(call.dtype, [&](auto dtype) { return first_difference<dtype()>(expected, got); });
        if (difference) {
            const std::size_t at = *difference * size;
            return Mismatch{.element = first + *difference,
                            .expected = element_text(call.dtype, expected.subspan(at, size)),
                            .got = element_text(call.dtype, got.subspan(at, size))};
        }
    }
    return std::nullopt;
}

bool has_output(const CollectiveCall& call, int rank, int ranks)
{
    const bool root_only = call.collective == Collective::reduce || call.collective == Collective::gather;
    if (root_only) {
        return rank == call.root;
    }
    if (info(call.collective).pairs) {
        return partner(call.pairs, rank, ranks).has_value();
    }
    return call.collective != Collective::barrier;
}

std::string element_text(DataType dtype, std::span<const std::byte> element)
{
    if (element.size() != size_of(dtype)) {
        throw std::logic_error("element_text: not one element");
    }
    return with_type(dtype, [&](auto type) {
        using Layout = NumberFormat<type()>;
        return fmt::format("{}", Layout::decode(load<typename Layout::Stored>(element.data(), 0)));
    });
}

void reduce_into(DataType dtype, ReduceOp op, std::span<std::byte> dst, std::span<const std::byte> src)
{
    if (dst.size() != src.size() || dst.size() % size_of(dtype) != 0) {
        throw std::logic_error("reduce_into: sizes differ or are not whole elements");
    }
    with_type(dtype, [&](auto type) {
        switch (op) {
            case ReduceOp::sum:
                return combine_into<type()>(dst, src, [](auto a, auto b) { return a + b; });
            case ReduceOp::max:
                return combine_into<type()>(dst, src, [](auto a, auto b) { return a < b ? b : a; });
            case ReduceOp::min:
                return combine_into<type()>(dst, src, [](auto a, auto b) { return b < a ? b : a; });
        }
    });
}

}  // namespace plumbline
