// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/operations/data_type.hpp"
#include "collectives/operations/small_float.hpp"
#include "collectives/util/device_code.hpp"

namespace plumbline {

/// How the numbers of a type are stored, and which integers it holds exactly: encode() stores such an integer, decode()
/// gives the number to compute with, store() rounds the result (integers wrap around).
template <DataType dtype>
struct NumberFormat;

/// `values`: a prime; moved data are integers in [lowest, lowest + values).
/// `addend`: the largest number that one rank adds to a sum; a sum of `contributors` of them is still exact.
/// `half_range`: max and min draw from [-half_range, half_range), or [0, 2 * half_range) for unsigned types.
template <class T, std::int64_t value_count, std::int64_t lowest_value, std::int64_t largest_addend,
          std::int64_t half_range_of_extremes>
struct ExactRange {
    using Stored = T;
    static constexpr std::uint64_t values = value_count;
    static constexpr std::int64_t lowest = lowest_value;
    static constexpr std::uint64_t addend = largest_addend;
    static constexpr std::uint64_t half_range = half_range_of_extremes;
    static constexpr std::uint64_t contributors = 16;
    /// Number `index` of the moved data, in the format that derives from this.
    template <class Format>
    PLUMBLINE_ON_BOTH static Stored moved(std::uint64_t index)
    {
        return Format::encode(static_cast<std::int64_t>(index) + lowest);
    }
};

template <>
struct NumberFormat<DataType::float32> : ExactRange<float, 16777213, 0, (1 << 20), (1 << 23)> {
    PLUMBLINE_ON_BOTH static Stored encode(std::int64_t value) { return static_cast<float>(value); }
    PLUMBLINE_ON_BOTH static float decode(Stored stored) { return stored; }
    PLUMBLINE_ON_BOTH static Stored store(float value) { return value; }
};

template <>
struct NumberFormat<DataType::float64> : ExactRange<double, 2147483647, 0, (1 << 26), (1 << 30)> {
    PLUMBLINE_ON_BOTH static Stored encode(std::int64_t value) { return static_cast<double>(value); }
    PLUMBLINE_ON_BOTH static double decode(Stored stored) { return stored; }
    PLUMBLINE_ON_BOTH static Stored store(double value) { return value; }
};

template <>
struct NumberFormat<DataType::float16> : ExactRange<std::uint16_t, 2039, 0, 127, 1024> {
    PLUMBLINE_ON_BOTH static Stored encode(std::int64_t value) { return Half::from_float(static_cast<float>(value)); }
    PLUMBLINE_ON_BOTH static float decode(Stored stored) { return Half::to_float(stored); }
    PLUMBLINE_ON_BOTH static Stored store(float value) { return Half::from_float(value); }
};

template <>
struct NumberFormat<DataType::bfloat16> : ExactRange<std::uint16_t, 251, 0, 15, 125> {
    PLUMBLINE_ON_BOTH static Stored encode(std::int64_t value) { return float_to_bfloat16(static_cast<float>(value)); }
    PLUMBLINE_ON_BOTH static float decode(Stored stored) { return bfloat16_to_float(stored); }
    PLUMBLINE_ON_BOTH static Stored store(float value) { return float_to_bfloat16(value); }
};

template <>
struct NumberFormat<DataType::int32> : ExactRange<std::int32_t, 2147483647, 0, (1 << 26), (1 << 30)> {
    PLUMBLINE_ON_BOTH static Stored encode(std::int64_t value) { return static_cast<std::int32_t>(value); }
    PLUMBLINE_ON_BOTH static std::int64_t decode(Stored stored) { return stored; }
    PLUMBLINE_ON_BOTH static Stored store(std::int64_t value) { return static_cast<std::int32_t>(value); }
};

template <>
struct NumberFormat<DataType::int8> : ExactRange<std::int8_t, 251, -125, 7, 125> {
    PLUMBLINE_ON_BOTH static Stored encode(std::int64_t value) { return static_cast<std::int8_t>(value); }
    PLUMBLINE_ON_BOTH static std::int32_t decode(Stored stored) { return stored; }
    PLUMBLINE_ON_BOTH static Stored store(std::int32_t value) { return static_cast<std::int8_t>(value); }
};

template <>
struct NumberFormat<DataType::uint8> : ExactRange<std::uint8_t, 251, 0, 15, 125> {
    PLUMBLINE_ON_BOTH static Stored encode(std::int64_t value) { return static_cast<std::uint8_t>(value); }
    PLUMBLINE_ON_BOTH static std::int32_t decode(Stored stored) { return stored; }
    PLUMBLINE_ON_BOTH static Stored store(std::int32_t value) { return static_cast<std::uint8_t>(value); }
};

/// Eight bits hold too few integers. Moved data are `finite_magnitudes` of either sign, except negative zero; a rank
/// adds 1 or -1 to a sum.
template <class Float8, std::int64_t values, std::int64_t largest_exact, std::uint64_t finite_magnitudes>
struct Float8Format : ExactRange<std::uint8_t, values, 0, 1, largest_exact> {
    static constexpr std::uint64_t contributors = largest_exact;
    PLUMBLINE_ON_BOTH static std::uint8_t encode(std::int64_t value)
    {
        return Float8::from_float(static_cast<float>(value));
    }
    PLUMBLINE_ON_BOTH static float decode(std::uint8_t stored) { return Float8::to_float(stored); }
    PLUMBLINE_ON_BOTH static std::uint8_t store(float value) { return Float8::from_float(value); }
    template <class Format>
    PLUMBLINE_ON_BOTH static std::uint8_t moved(std::uint64_t index)
    {
        static_assert(values < 2 * finite_magnitudes);
        constexpr std::uint64_t least_negative = 0x81;
        return static_cast<std::uint8_t>(index < finite_magnitudes ? index
                                                                   : least_negative + (index - finite_magnitudes));
    }
};

template <>
struct NumberFormat<DataType::float8_e4m3> : Float8Format<Float8E4M3, 251, 16, 0x7f> {};

template <>
struct NumberFormat<DataType::float8_e5m2> : Float8Format<Float8E5M2, 241, 8, 0x7c> {};

}  // namespace plumbline
