// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

namespace plumbline {

/// Takes samples of so many executions, which are flagged, and returns the seconds of one execution; nothing where the
/// round is to end.
using TakeLook = std::function<std::optional<double>(std::uint32_t batch)>;

/// Executions that make a sample long enough for the clock (see batch_for()). `cold_s`: of the first execution, which
/// finds cold caches and takes longer than those to come, so that the batch is looked at again with samples of its own;
/// where it is far longer than a sample has to be, it is 1 without a look. Collective where `look` is: all ranks pass
/// the same numbers.
std::uint32_t choose_batch(double cold_s, double clock_cost_s, const TakeLook& look);

}  // namespace plumbline
