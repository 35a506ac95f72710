// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/gloo/reductions.hpp"

#include "collectives/operations/payload.hpp"

#include <gloo/math.h>
#include <gloo/types.h>

#include <cstdint>
#include <cstring>
#include <span>
#include <stdexcept>

namespace plumbline::gloo_backend {

namespace {

using Function = void (*)(void*, const void*, const void*, std::size_t);

template <class T>
Function own_reduction(ReduceOp op)
{
    switch (op) {
        case ReduceOp::sum:
            return static_cast<Function>(::gloo::sum<T>);
        case ReduceOp::max:
            return static_cast<Function>(::gloo::max<T>);
        case ReduceOp::min:
            return static_cast<Function>(::gloo::min<T>);
    }
    throw std::logic_error("no such reduction");
}

/// What Gloo has no arithmetic for. All our reductions are commutative.
Reduction reference_reduction(DataType dtype, ReduceOp op)
{
    return [dtype, op](void* out, const void* a, const void* b, std::size_t elements) {
        const std::size_t bytes = elements * size_of(dtype);
        const void* const other = out == b ? a : b;
        if (out != a && out != b) {
            std::memcpy(out, a, bytes);
        }
        reduce_into(dtype, op, {static_cast<std::byte*>(out), bytes}, {static_cast<const std::byte*>(other), bytes});
    };
}

}  // namespace

Reduction reduction(DataType dtype, ReduceOp op)
{
    switch (dtype) {
        case DataType::float32:
            return own_reduction<float>(op);
        case DataType::float64:
            return own_reduction<double>(op);
        case DataType::int32:
            return own_reduction<std::int32_t>(op);
        case DataType::int8:
            return own_reduction<std::int8_t>(op);
        case DataType::uint8:
            return own_reduction<std::uint8_t>(op);
        case DataType::float16:
            return op == ReduceOp::sum ? own_reduction<::gloo::float16>(op) : reference_reduction(dtype, op);
        case DataType::bfloat16:
        case DataType::float8_e4m3:
        case DataType::float8_e5m2:
            return reference_reduction(dtype, op);
    }
    throw std::logic_error("no such type");
}

}  // namespace plumbline::gloo_backend
