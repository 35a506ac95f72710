// SPDX-License-Identifier: Apache-2.0
#pragma once

/// For headers that are compiled twice: for the host, and at run time, from text in the program, by the compiler of a
/// device (NVRTC, which has no standard library). Such headers include only each other and are limited to C++17; their
/// functions are PLUMBLINE_ON_BOTH.
#ifdef __CUDACC_RTC__

#define PLUMBLINE_ON_BOTH __device__

namespace std {
using int8_t = signed char;
using int32_t = int;
using int64_t = long;
using uint8_t = unsigned char;
using uint16_t = unsigned short;
using uint32_t = unsigned int;
using uint64_t = unsigned long;
}  // namespace std

namespace plumbline {
__device__ inline std::uint32_t bits_of(float value)
{
    return __float_as_uint(value);
}
__device__ inline float float_of(std::uint32_t bits)
{
    return __uint_as_float(bits);
}
}  // namespace plumbline

#else

#define PLUMBLINE_ON_BOTH

#include <bit>
#include <cstdint>

namespace plumbline {
constexpr std::uint32_t bits_of(float value) noexcept
{
    return std::bit_cast<std::uint32_t>(value);
}
constexpr float float_of(std::uint32_t bits) noexcept
{
    return std::bit_cast<float>(bits);
}
}  // namespace plumbline

#endif
