#include "collectives/mpi/element_types.hpp"

#include "collectives/mpi/check.hpp"
#include "collectives/payload.hpp"

#include <cstddef>
#include <span>
#include <stdexcept>

namespace plumbline::mpi {

namespace {

Datatype two_bytes()
{
    MPI_Datatype type = MPI_DATATYPE_NULL;
    check(MPI_Type_contiguous(2, MPI_BYTE, &type), "MPI_Type_contiguous");
    return Datatype(type);
}

/// MPI hands a reduction no context, hence one function for each type and operation.
template <DataType dtype, ReduceOp op>
void reduce_elements(void* in, void* inout, int* length, MPI_Datatype*)
{
    const std::size_t bytes = static_cast<std::size_t>(*length) * 2;
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

ElementTypes::ElementTypes()
    : half_(two_bytes()),
      brain_(two_bytes()),
      half_reductions_(reductions<DataType::float16>()),
      brain_reductions_(reductions<DataType::bfloat16>())
{
}

MPI_Datatype ElementTypes::type(DataType dtype) const
{
    switch (dtype) {
        case DataType::float32:
            return MPI_FLOAT;
        case DataType::float64:
            return MPI_DOUBLE;
        case DataType::float16:
            return half_.get();
        case DataType::bfloat16:
            return brain_.get();
        case DataType::int32:
            return MPI_INT32_T;
        case DataType::int8:
            return MPI_INT8_T;
        case DataType::uint8:
            return MPI_UINT8_T;
    }
    throw std::logic_error("no such data type");
}

MPI_Op ElementTypes::op(DataType dtype, ReduceOp op) const
{
    if (dtype == DataType::float16) {
        return half_reductions_.at(static_cast<std::size_t>(op)).get();
    }
    if (dtype == DataType::bfloat16) {
        return brain_reductions_.at(static_cast<std::size_t>(op)).get();
    }
    return native(op);
}

}  // namespace plumbline::mpi
