// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/operations/data_type.hpp"

#include <stdexcept>
#include <type_traits>

namespace plumbline {

template <DataType dtype>
using DataTypeConstant = std::integral_constant<DataType, dtype>;

/// Calls `work` with the type as a compile-time constant, so that loops over elements don't branch on it.
template <class Work>
decltype(auto) with_type(DataType dtype, Work&& work)
{
    switch (dtype) {
        case DataType::float32:
            return work(DataTypeConstant<DataType::float32>{});
        case DataType::float64:
            return work(DataTypeConstant<DataType::float64>{});
        case DataType::float16:
            return work(DataTypeConstant<DataType::float16>{});
        case DataType::bfloat16:
            return work(DataTypeConstant<DataType::bfloat16>{});
        case DataType::int32:
            return work(DataTypeConstant<DataType::int32>{});
        case DataType::int8:
            return work(DataTypeConstant<DataType::int8>{});
        case DataType::uint8:
            return work(DataTypeConstant<DataType::uint8>{});
        case DataType::float8_e4m3:
            return work(DataTypeConstant<DataType::float8_e4m3>{});
        case DataType::float8_e5m2:
            return work(DataTypeConstant<DataType::float8_e5m2>{});
    }
    throw std::logic_error("no such data type");
}

}  // namespace plumbline
