// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/mpi/element_types.hpp"

#include "collectives/backends/mpi/check.hpp"
#include "collectives/operations/payload.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>

namespace plumbline::mpi {

namespace {

Datatype plain_bytes(std::uint64_t bytes)
{
    MPI_Datatype type = MPI_DATATYPE_NULL;
    check(MPI_Type_contiguous(static_cast<int>(bytes), MPI_BYTE, &type), "MPI_Type_contiguous");
    return Datatype(type);
}

/// MPI hands a reduction no context, hence one function for each type and operation.
template <DataType dtype, ReduceOp op>
void reduce_elements(void* in, void* inout, int* length, MPI_Datatype*)
{
    const std::size_t bytes = static_cast<std::size_t>(*length) * size_of(dtype);
    reduce_into(dtype, op, std::span(static_cast<std::byte*>(inout), bytes),
                std::span(static_cast<const std::byte*>(in), bytes));
}

template <DataType dtype>
std::array<Reduction, 3> reductions()
{
    static_assert(static_cast<int>(ReduceOp::sum) == 0 && static_cast<int>(ReduceOp::max) == 1 &&
                  static_cast<int>(ReduceOp::min) == 2);
    return {Reduction(&reduce_elements<dtype, ReduceOp::sum>), Reduction(&reduce_elements<dtype, ReduceOp::max>),
            Reduction(&reduce_elements<dtype, ReduceOp::min>)};
}

MPI_Op native(ReduceOp op)
{
    switch (op) {
        case ReduceOp::sum:
            return MPI_SUM;
        case ReduceOp::max:
            return MPI_MAX;
        case ReduceOp::min:
            return MPI_MIN;
    }
    throw std::logic_error("no such reduction");
}

}  // namespace

template <DataType dtype>
ElementTypes::Own ElementTypes::own()
{
    return {.dtype = dtype, .type = plain_bytes(size_of(dtype)), .reductions = reductions<dtype>()};
}

ElementTypes::ElementTypes()
    : own_{own<DataType::float16>(), own<DataType::bfloat16>(), own<DataType::float8_e4m3>(),
           own<DataType::float8_e5m2>()}
{
}

const ElementTypes::Own* ElementTypes::find(DataType dtype) const
{
    const auto* const found = std::find_if(own_.begin(), own_.end(), [&](const Own& o) { return o.dtype == dtype; });
    return found == own_.end() ? nullptr : found;
}

MPI_Datatype ElementTypes::type(DataType dtype) const
{
    if (const Own* const own = find(dtype)) {
        return own->type.get();
    }
    switch (dtype) {
        case DataType::float32:
            return MPI_FLOAT;
        case DataType::float64:
            return MPI_DOUBLE;
        case DataType::int32:
            return MPI_INT32_T;
        case DataType::int8:
            return MPI_INT8_T;
        case DataType::uint8:
            return MPI_UINT8_T;
        case DataType::float16:
        case DataType::bfloat16:
        case DataType::float8_e4m3:
        case DataType::float8_e5m2:
            break;
    }
    throw std::logic_error("no such data type");
}

MPI_Op ElementTypes::op(DataType dtype, ReduceOp op) const
{
    const Own* const own = find(dtype);
    return own == nullptr ? native(op) : own->reductions.at(static_cast<std::size_t>(op)).get();
}

}  // namespace plumbline::mpi
