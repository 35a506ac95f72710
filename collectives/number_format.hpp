#pragma once

#include "collectives/half.hpp"
#include "collectives/types.hpp"

#include <cstdint>
#include <stdexcept>
#include <type_traits>

namespace plumbline {

/// How the numbers of a type are stored, and which integers it holds exactly: encode() stores such an integer, decode()
/// gives the number to reckon with, store() rounds the result (integers wrap around).
template <DataType dtype>
struct NumberFormat;

/// `values`: a prime; moved data are integers in [lowest, lowest + values).
/// `addend`: the largest number one rank adds to a sum; 16 of them are still exact.
/// `half_range`: max and min draw from [-half_range, half_range), or [0, 2 * half_range) where there is no sign.
template <class T, std::int64_t value_count, std::int64_t lowest_value, std::int64_t largest_addend,
          std::int64_t half_range_of_extremes>
struct ExactRange {
    using Stored = T;
    static constexpr std::uint64_t values = value_count;
    static constexpr std::int64_t lowest = lowest_value;
    static constexpr std::uint64_t addend = largest_addend;
    static constexpr std::uint64_t half_range = half_range_of_extremes;
};

template <>
struct NumberFormat<DataType::float32> : ExactRange<float, 16777213, 0, (1 << 20), (1 << 23)> {
    static Stored encode(std::int64_t value) { return static_cast<float>(value); }
    static float decode(Stored stored) { return stored; }
    static Stored store(float value) { return value; }
};

template <>
struct NumberFormat<DataType::float64> : ExactRange<double, 2147483647, 0, (1 << 26), (1 << 30)> {
    static Stored encode(std::int64_t value) { return static_cast<double>(value); }
    static double decode(Stored stored) { return stored; }
    static Stored store(double value) { return value; }
};

template <>
struct NumberFormat<DataType::float16> : ExactRange<std::uint16_t, 2039, 0, 127, 1024> {
    static Stored encode(std::int64_t value) { return float_to_half(static_cast<float>(value)); }
    static float decode(Stored stored) { return half_to_float(stored); }
    static Stored store(float value) { return float_to_half(value); }
};

template <>
struct NumberFormat<DataType::bfloat16> : ExactRange<std::uint16_t, 251, 0, 15, 125> {
    static Stored encode(std::int64_t value) { return float_to_bfloat16(static_cast<float>(value)); }
    static float decode(Stored stored) { return bfloat16_to_float(stored); }
    static Stored store(float value) { return float_to_bfloat16(value); }
};

template <>
struct NumberFormat<DataType::int32> : ExactRange<std::int32_t, 2147483647, 0, (1 << 26), (1 << 30)> {
    static Stored encode(std::int64_t value) { return static_cast<std::int32_t>(value); }
    static std::int64_t decode(Stored stored) { return stored; }
    static Stored store(std::int64_t value) { return static_cast<std::int32_t>(value); }
};

template <>
struct NumberFormat<DataType::int8> : ExactRange<std::int8_t, 251, -125, 7, 125> {
    static Stored encode(std::int64_t value) { return static_cast<std::int8_t>(value); }
    static std::int32_t decode(Stored stored) { return stored; }
    static Stored store(std::int32_t value) { return static_cast<std::int8_t>(value); }
};

template <>
struct NumberFormat<DataType::uint8> : ExactRange<std::uint8_t, 251, 0, 15, 125> {
    static Stored encode(std::int64_t value) { return static_cast<std::uint8_t>(value); }
    static std::int32_t decode(Stored stored) { return stored; }
    static Stored store(std::int32_t value) { return static_cast<std::uint8_t>(value); }
};

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
    }
    throw std::logic_error("no such data type");
}

}  // namespace plumbline
