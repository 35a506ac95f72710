// SPDX-License-Identifier: Apache-2.0
#include "collectives/operations/payload.hpp"

#include "collectives/operations/number_format.hpp"
#include "collectives/operations/payload_elements.hpp"
#include "collectives/operations/with_type.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
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

using payload::Content;
using payload::Run;

/// `run` by value, so that no write through `data` can alias one of its fields.
template <DataType dtype>
void write_run(const Run run, std::uint64_t position, std::uint64_t length, std::byte* data)
{
    for (std::uint64_t i = 0; i < length; ++i) {
        put(data, position + i, payload::expected_element<dtype>(run, i));
    }
}

Run message(int source, int destination, std::uint64_t first)
{
    return payload::message_run(static_cast<std::uint64_t>(source), static_cast<std::uint64_t>(destination), first);
}

/// A window [first, first + count) of elements of a buffer.
struct Window {
    std::uint64_t first = 0;
    std::uint64_t count = 0;
};

/// Calls `visit(index, first in block, position, length)` for each block of `block` elements that the window touches.
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
void for_unequal_blocks(const Window& window, const BlockCounts& blocks, Visit&& visit)
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
        write_run<dtype>(message(rank, destination, first), position, length, data);
    };
    if (call.collective == Collective::alltoall || call.collective == Collective::scatter) {
        for_equal_blocks(window, call.count, to_each);
    } else if (call.collective == Collective::alltoallv) {
        for_unequal_blocks(window, call.send_counts, to_each);
    } else {
        write_run<dtype>(message(rank, 0, window.first), 0, window.count, data);
    }
}

/// The only rank that a rank of `call` receives from.
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

/// The messages that `rank` receives, as they lie in its receive buffer.
void visit_received(const CollectiveCall& call, int rank, int ranks, const Window& window, const RunVisitor& visit)
{
    const bool one_for_all = call.collective == Collective::allgather || call.collective == Collective::gather;
    const auto from_each = [&](int source, std::uint64_t first, std::uint64_t position, std::uint64_t length) {
        visit(message(source, one_for_all ? 0 : rank, first), position, length);
    };
    if (one_for_all || call.collective == Collective::alltoall) {
        for_equal_blocks(window, call.count, from_each);
    } else if (call.collective == Collective::alltoallv) {
        for_unequal_blocks(window, call.recv_counts, from_each);
    } else {
        const int destination = call.collective == Collective::scatter ? rank : 0;
        visit(message(only_source(call, rank, ranks), destination, window.first), 0, window.count);
    }
}

payload::Summands summands(DataType dtype, std::uint64_t ranks)
{
    return with_type(dtype, [&](auto type) { return payload::summands_of<type()>(ranks); });
}

void set_summands(Run& run, DataType dtype, std::uint64_t ranks)
{
    const payload::Summands added = summands(dtype, ranks);
    run.turns = added.turns;
    run.spread = added.common;
    for (std::uint64_t turn = 0; added.common != 0 && turn < added.turns; ++turn) {
        run.own += static_cast<std::int64_t>(payload::own_summand(turn, added.own));
    }
}

/// The result of a reduction over all ranks, from element `first` on. A sum takes O(ranks) steps.
Run reduced(const CollectiveCall& call, int ranks, std::uint64_t first)
{
    Run run;
    run.first = first;
    switch (call.op) {
        case ReduceOp::sum:
            run.content = Content::sum;
            set_summands(run, call.dtype, static_cast<std::uint64_t>(ranks));
            break;
        case ReduceOp::max:
            run.content = Content::maximum;
            break;
        case ReduceOp::min:
            run.content = Content::minimum;
            break;
    }
    return run;
}

/// A rank contributes to an element only where its turn, (rank + element + shift) mod ranks, is one of the first.
template <DataType dtype>
void write_summands(int rank, int ranks, std::uint64_t shift, const Window& window, std::byte* data)
{
    const auto n = static_cast<std::uint64_t>(ranks);
    const payload::Summands added = payload::summands_of<dtype>(n);
    std::uint64_t turn = (static_cast<std::uint64_t>(rank) + window.first % n + shift % n) % n;
    for (std::uint64_t i = 0; i < window.count; ++i) {
        const std::uint64_t hash = payload::reduction_hash(window.first + i);
        std::int64_t value = 0;
        if (turn < added.turns) {
            value = added.common == 0 ? payload::sign_of(hash, turn)
                                      : static_cast<std::int64_t>(payload::own_summand(turn, added.own) +
                                                                  payload::below(hash, added.common));
        }
        put(data, i, NumberFormat<dtype>::encode(value));
        turn = turn + 1 == n ? 0 : turn + 1;
    }
}

/// One rank, (element - shift) mod ranks, holds the extreme; the others stay in the lower half of the levels.
template <DataType dtype>
void write_candidates(ReduceOp op, int rank, int ranks, std::uint64_t shift, const Window& window, std::byte* data)
{
    const auto n = static_cast<std::uint64_t>(ranks);
    const auto own = static_cast<std::uint64_t>(rank);
    const std::uint64_t key = hashed(payload::candidate_stream, own);
    std::uint64_t holder = (window.first % n + n - shift % n) % n;
    for (std::uint64_t i = 0; i < window.count; ++i) {
        const std::uint64_t element = window.first + i;
        const std::uint64_t level = holder == own
                                        ? payload::extreme_level<dtype>(element)
                                        : payload::below(hashed(key, element), NumberFormat<dtype>::half_range);
        put(data, i, payload::level_element<dtype>(level, op == ReduceOp::max));
        holder = holder + 1 == n ? 0 : holder + 1;
    }
}

/// Throws unless the bytes are whole elements within the `available` ones.
Window window_of(const CollectiveCall& call, std::uint64_t first, std::uint64_t bytes, std::uint64_t available)
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
std::optional<std::size_t> first_difference(std::span<const std::byte> expected, std::span<const std::byte> got)
{
    using Stored = typename NumberFormat<dtype>::Stored;
    if (std::memcmp(expected.data(), got.data(), expected.size()) == 0) {
        return std::nullopt;
    }
    for (std::size_t i = 0; i < expected.size() / sizeof(Stored); ++i) {
        if (!payload::same_number<dtype>(load<Stored>(expected.data(), i), load<Stored>(got.data(), i))) {
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

void fill_input(const CollectiveCall& call, int rank, int ranks, std::uint64_t first_element, std::span<std::byte> data,
                std::uint64_t shift)
{
    const BufferElements elements = buffer_elements(call, rank, ranks);
    const std::uint64_t available = call.collective == Collective::broadcast ? elements.recv : elements.send;
    const Window window = window_of(call, first_element, data.size(), available);
    with_type(call.dtype, [&](auto dtype) {
        if (!info(call.collective).reduces) {
            write_sent<dtype()>(call, rank, window, data.data());
        } else if (call.op == ReduceOp::sum) {
            write_summands<dtype()>(rank, ranks, shift, window, data.data());
        } else {
            write_candidates<dtype()>(call.op, rank, ranks, shift, window, data.data());
        }
    });
}

std::uint64_t ranks_seen(const CollectiveCall& call, int ranks)
{
    const auto n = static_cast<std::uint64_t>(ranks);
    if (!info(call.collective).reduces) {
        return n;
    }
    const std::uint64_t elements = call.collective == Collective::reduce_scatter ? call.count * n : call.count;
    if (call.op != ReduceOp::sum) {
        return std::clamp<std::uint64_t>(elements, 1, n);
    }
    const std::uint64_t turns = summands(call.dtype, n).turns;
    return turns == n || elements >= n ? n : std::clamp<std::uint64_t>(elements + turns, 2, n + 1) - 1;
}

void for_each_expected_run(const CollectiveCall& call, int rank, int ranks, std::uint64_t first_element,
                           std::uint64_t elements, const RunVisitor& visit)
{
    const Window window =
        window_of(call, first_element, elements * size_of(call.dtype), buffer_elements(call, rank, ranks).recv);
    if (window.count == 0) {
        return;
    }
    if (!info(call.collective).reduces) {
        visit_received(call, rank, ranks, window, visit);
    } else if (call.collective == Collective::reduce_scatter) {
        visit(reduced(call, ranks, window.first + static_cast<std::uint64_t>(rank) * call.count), 0, window.count);
    } else {
        visit(reduced(call, ranks, window.first), 0, window.count);
    }
}

void fill_expected(const CollectiveCall& call, int rank, int ranks, std::uint64_t first_element,
                   std::span<std::byte> data)
{
    const Window window = window_of(call, first_element, data.size(), buffer_elements(call, rank, ranks).recv);
    with_type(call.dtype, [&](auto dtype) {
        for_each_expected_run(call, rank, ranks, window.first, window.count,
                              [&](const Run& run, std::uint64_t position, std::uint64_t length) {
                                  write_run<dtype()>(run, position, length, data.data());
                              });
    });
}

std::optional<Mismatch> check_output(const CollectiveCall& call, int rank, int ranks, std::uint64_t first_element,
                                     std::span<const std::byte> data)
{
    const std::uint64_t size = size_of(call.dtype);
    // What a reduction comes to is known for all elements at once: it is long to find out at many ranks.
    std::optional<Run> whole;
    if (info(call.collective).reduces) {
        for_each_expected_run(call, rank, ranks, first_element, data.size() / size,
                              [&](const Run& run, std::uint64_t, std::uint64_t) { whole = run; });
    }
    std::array<std::byte, 16384> staging{};
    for (std::size_t offset = 0; offset < data.size(); offset += staging.size()) {
        const auto got = data.subspan(offset, std::min(staging.size(), data.size() - offset));
        const auto expected = std::span(staging).first(got.size());
        const std::uint64_t first = first_element + offset / size;
        if (whole) {
            Run piece = *whole;
            piece.first += offset / size;
            with_type(call.dtype, [&](auto dtype) { write_run<dtype()>(piece, 0, got.size() / size, staging.data()); });
        } else {
            fill_expected(call, rank, ranks, first, expected);
        }
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
