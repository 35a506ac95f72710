// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/operations/payload_elements.hpp"
#include "collectives/operations/types.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

namespace plumbline {

/// The data that is sent. A formula makes each element of each rank different, so that a wrong placement is found, and
/// every reduction is exact in its type at any number of ranks (at most 16 ranks, 8 of float8_e5m2, contribute a
/// non-zero to one element). All functions work on a window of the buffer, so that buffers of any size pass through a
/// small staging area: `data` holds whole elements, the first of which is element `first_element` of the rank's input
/// (fill) or output (check).

/// Writes what `rank` contributes to `call`.
void fill_input(const CollectiveCall& call, int rank, int ranks, std::uint64_t first_element,
                std::span<std::byte> data);

/// Writes what `rank` must hold after `call`.
void fill_expected(const CollectiveCall& call, int rank, int ranks, std::uint64_t first_element,
                   std::span<std::byte> data);

/// Calls visit(run, position, length) for the parts of a window of what `rank` must hold after `call`. The window has
/// `elements` elements; parts come by ascending position in it, and have `length` elements, each of them
/// payload::expected_element() of the run.
using RunVisitor = std::function<void(const payload::Run& run, std::uint64_t position, std::uint64_t length)>;
void for_each_expected_run(const CollectiveCall& call, int rank, int ranks, std::uint64_t first_element,
                           std::uint64_t elements, const RunVisitor& visit);

struct Mismatch {
    std::uint64_t element = 0;
    std::string expected;
    std::string got;
};

/// The first element that differs from what fill_expected() writes (a negative zero equals zero).
std::optional<Mismatch> check_output(const CollectiveCall& call, int rank, int ranks, std::uint64_t first_element,
                                     std::span<const std::byte> data);

/// Whether `rank` holds an output to check at all (a non-root rank of a reduce does not).
bool has_output(const CollectiveCall& call, int rank, int ranks);

/// One element as text.
std::string element_text(DataType dtype, std::span<const std::byte> element);

/// dst[i] = op(dst[i], src[i]); the reference arithmetic: floats of 8 and 16 bits through float32, rounded to
/// nearest even.
void reduce_into(DataType dtype, ReduceOp op, std::span<std::byte> dst, std::span<const std::byte> src);

}  // namespace plumbline
