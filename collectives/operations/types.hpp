// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/operations/block_counts.hpp"
#include "collectives/operations/data_type.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline {

/// An operation between ranks. A new one needs a row in the table of types.cpp and a case in each backend.
enum class Collective : std::uint8_t {
    allreduce,
    reduce_scatter,
    allgather,
    broadcast,
    reduce,
    gather,
    scatter,
    alltoall,
    alltoallv,
    sendrecv,       ///< ring: each rank sends to its successor and receives from its predecessor
    pingpong,       ///< pairs: one message in each direction, one after the other; the time is the round trip
    bidirectional,  ///< pairs: `window` messages in each direction at the same time
    barrier,
};

enum class ReduceOp : std::uint8_t { sum, max, min };
/// Which ranks are paired in pingpong and bidirectional; with an odd number of ranks the last one sits out.
enum class PairLayout : std::uint8_t {
    adjacent,  ///< 0-1, 2-3, ...
    halves,    ///< i - i + n/2
};

/// How a library is asked for an operation that it has a call for and that is also a group of its messages.
enum class CallForm : std::uint8_t {
    grouped,  ///< as a group of messages; of a library without such groups its one form
    native,   ///< by the library's own call
};
inline constexpr std::array all_call_forms{CallForm::grouped, CallForm::native};

/// How S, the "total array bytes" of nccl-tests, follows from the element count of one rank's block.
enum class SizeRule : std::uint8_t {
    count,            ///< S = count * size
    count_per_rank,   ///< S = count * size * n
    bottleneck_rank,  ///< alltoallv: S = the largest of any rank's sent or received bytes
    none,             ///< barrier
};

/// busbw = algbw * factor; nccl-tests doc/PERFORMANCE.md.
enum class BusFactor : std::uint8_t {
    allreduce,   ///< 2(n-1)/n
    spread,      ///< (n-1)/n
    one,         ///< 1
    round_trip,  ///< 2: two messages of S, one after the other, in one execution
    window,      ///< `window` messages of S in each direction; counted per direction
    none,        ///< no bandwidth (barrier)
};

struct CollectiveInfo {
    Collective collective;
    std::string_view name;
    std::string_view summary;
    SizeRule size_rule;
    BusFactor factor;
    bool reduces = false;
    bool rooted = false;
    bool in_place = false;  ///< an in-place form exists
    bool pairs = false;
    bool call_forms = false;  ///< CallForm makes a difference somewhere
};

struct DataTypeInfo {
    DataType dtype;
    std::string_view name;
    std::uint64_t bytes;
};

/// The only tables of operations and of types; every name, list and factor derives from them.
std::span<const CollectiveInfo> all_collectives();
std::span<const DataTypeInfo> all_data_types();

const CollectiveInfo& info(Collective collective);
std::string_view name(Collective collective);
std::string_view name(DataType dtype);
std::string_view name(ReduceOp op);
constexpr bool is_float8(DataType dtype)
{
    return dtype == DataType::float8_e4m3 || dtype == DataType::float8_e5m2;
}
std::string_view name(PairLayout pairs);
std::string_view name(CallForm form);
std::uint64_t size_of(DataType dtype);

std::optional<Collective> parse_collective(std::string_view text);
std::optional<DataType> parse_data_type(std::string_view text);
std::optional<ReduceOp> parse_reduce_op(std::string_view text);
std::optional<PairLayout> parse_pair_layout(std::string_view text);

/// A call of an operation by one rank. Counts are elements of `dtype`.
struct CollectiveCall {
    Collective collective = Collective::allreduce;
    DataType dtype = DataType::float32;
    ReduceOp op = ReduceOp::sum;
    std::uint64_t count = 0;  ///< elements of one rank's block (allreduce, broadcast, reduce, p2p: of the message)
    int root = 0;
    bool in_place = false;
    PairLayout pairs = PairLayout::adjacent;
    int window = 1;
    CallForm form = CallForm::grouped;
    /// alltoallv only: elements that this rank sends to / receives from each rank (size n each).
    /// Initialised, or GCC warns of every designated initialiser that leaves them out.
    BlockCounts send_counts = {};  // NOLINT(readability-redundant-member-init)
    BlockCounts recv_counts = {};  // NOLINT(readability-redundant-member-init)

    bool operator==(const CollectiveCall&) const = default;
};

std::uint64_t sum_of_counts(const std::vector<std::uint64_t>& counts);

/// Elements that `rank` of `ranks` needs in its send and receive buffers (out of place; 0 where it has none).
/// Broadcast has one buffer, which is both: send is 0 and recv is count. In place, the one buffer holds the larger of
/// the two.
struct BufferElements {
    std::uint64_t send = 0;
    std::uint64_t recv = 0;
    bool operator==(const BufferElements&) const = default;
};
BufferElements buffer_elements(const CollectiveCall& call, int rank, int ranks);

/// First element, within the one buffer of an in-place call, of this rank's input and of its output
/// (MPI's convention: reduce_scatter's output starts at 0, allgather's input at rank * count).
struct InPlaceOffsets {
    std::uint64_t input = 0;
    std::uint64_t output = 0;
    bool operator==(const InPlaceOffsets&) const = default;
};
InPlaceOffsets in_place_offsets(const CollectiveCall& call, int rank, int ranks);

/// The rank that `rank` is paired with; nothing where it sits out.
std::optional<int> partner(PairLayout pairs, int rank, int ranks);

}  // namespace plumbline
