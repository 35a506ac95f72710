// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/operations/types.hpp"

#include <cstddef>
#include <functional>

namespace plumbline::gloo_backend {

/// out[i] = op(a[i], b[i]) over `elements` elements; `out` may be `a` or `b`.
using Reduction = std::function<void(void* out, const void* a, const void* b, std::size_t elements)>;

/// Gloo's own reduction where it has the type; bfloat16 and the half extremes by reduce_into().
Reduction reduction(DataType dtype, ReduceOp op);

}  // namespace plumbline::gloo_backend
