#pragma once

#include <bit>
#include <cstdint>

namespace plumbline {

/// IEEE 754 binary16 to the float of the same value: exact, subnormals, infinities and NaN payloads included.
inline float half_to_float(std::uint16_t half) noexcept
{
    const std::uint32_t sign = (half & 0x8000u) << 16;
    const std::uint32_t exponent = half & 0x7c00u;
    std::uint32_t bits = (half & 0x7fffu) << 13;
    if (exponent == 0x7c00u) {
        bits += (255u - 31u) << 23;
    } else if (exponent == 0) {
        // A subnormal: let the float unit normalise it, by taking an implicit leading one away again.
        const std::uint32_t leading_one = 113u << 23;
        bits =
            std::bit_cast<std::uint32_t>(std::bit_cast<float>(bits + leading_one) - std::bit_cast<float>(leading_one));
    } else {
        bits += (127u - 15u) << 23;
    }
    return std::bit_cast<float>(sign | bits);
}

/// The nearest binary16, ties to even; overflow gives infinity, a NaN stays one.
inline std::uint16_t float_to_half(float value) noexcept
{
    const auto all_bits = std::bit_cast<std::uint32_t>(value);
    const std::uint32_t sign = (all_bits >> 16) & 0x8000u;
    const std::uint32_t bits = all_bits & 0x7fffffffu;
    std::uint32_t half = 0;
    if (bits > 0x7f800000u) {
        const std::uint32_t payload = (bits >> 13) & 0x3ffu;
        half = 0x7c00u | (payload != 0 ? payload : 0x200u);
    } else if (bits >= 0x47800000u) {  // 65536
        half = 0x7c00u;
    } else if (bits < 0x38800000u) {  // 2^-14: below, the sum's last bit is a subnormal half's last bit
        const std::uint32_t half_ulp_anchor = (127u - 15u + 23u - 10u + 1u) << 23;
        half = std::bit_cast<std::uint32_t>(std::bit_cast<float>(bits) + std::bit_cast<float>(half_ulp_anchor)) -
               half_ulp_anchor;
    } else {
        const std::uint32_t odd = (bits >> 13) & 1u;
        half = (bits - ((127u - 15u) << 23) + 0xfffu + odd) >> 13;
    }
    return static_cast<std::uint16_t>(sign | half);
}

/// bfloat16 to the float of the same value.
inline float bfloat16_to_float(std::uint16_t value) noexcept
{
    return std::bit_cast<float>(static_cast<std::uint32_t>(value) << 16);
}

/// The nearest bfloat16, ties to even; overflow gives infinity, a NaN stays one.
inline std::uint16_t float_to_bfloat16(float value) noexcept
{
    const auto bits = std::bit_cast<std::uint32_t>(value);
    if ((bits & 0x7fffffffu) > 0x7f800000u) {
        const std::uint32_t truncated = bits >> 16;
        return static_cast<std::uint16_t>((truncated & 0x7fu) != 0 ? truncated : truncated | 0x40u);
    }
    return static_cast<std::uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

}  // namespace plumbline
