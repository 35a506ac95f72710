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
/// every reduction is exact in its type at any number of ranks. To a sum all ranks contribute a non-zero where that is
/// exact (float32 to a million ranks, float16 to 127, bfloat16 to 15), else 16 ranks to each element (8 of
/// float8_e5m2), others to the next. The result is the same whichever they are. All functions work on a window of the
/// buffer, so that buffers of any size pass through a small staging area: `data` holds whole elements, the first of
/// which is element `first_element` of the rank's input (fill) or output (check).

/// Writes what `rank` contributes to `call`. `shift`, the same on all ranks, chooses which ranks count in a reduction
/// that doesn't show all of them: as many further on.
void fill_input(const CollectiveCall& call, int rank, int ranks, std::uint64_t first_element, std::span<std::byte> data,
                std::uint64_t shift = 0);

/// Successive ranks without whose data the result of `call` is wrong: all of them but in a reduction of few elements.
/// With this for a shift the next so many are. At least 1.
std::uint64_t ranks_seen(const CollectiveCall& call, int ranks);

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
