// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/util/device_code.hpp"

namespace plumbline {

/// Meaning of the largest exponent.
enum class LargestExponent : std::uint8_t {
    ieee,    ///< infinities and NaNs
    finite,  ///< numbers, except that all bits set is a NaN; overflow gives that NaN
};

/// Floating-point formats smaller than a float and with fewer exponents, laid out as IEEE 754's: sign, exponent,
/// fraction.
template <class Bits, int exponent_bits, int fraction_bits, LargestExponent largest>
struct SmallFloat {
    static constexpr int dropped = 23 - fraction_bits;
    static constexpr std::uint32_t bias = (1u << (exponent_bits - 1)) - 1;
    static constexpr std::uint32_t largest_exponent = ((1u << exponent_bits) - 1) << fraction_bits;
    static constexpr std::uint32_t sign_bit = 1u << (exponent_bits + fraction_bits);
    static constexpr std::uint32_t magnitude_bits = sign_bit - 1;
    static constexpr int to_float_sign = 31 - exponent_bits - fraction_bits;
    static constexpr bool ieee = largest == LargestExponent::ieee;

    /// The float of the same value: exact, subnormals, infinities and NaN payloads included.
    PLUMBLINE_ON_BOTH static float to_float(Bits small) noexcept
    {
        const std::uint32_t sign = (small & sign_bit) << to_float_sign;
        const std::uint32_t magnitude = small & magnitude_bits;
        std::uint32_t bits = magnitude << dropped;
        if (ieee ? magnitude >= largest_exponent : magnitude == magnitude_bits) {
            bits |= 0x7f800000u;
        } else if (magnitude >> fraction_bits == 0) {
            // A subnormal: the float unit normalises it when an implicit leading one is subtracted again.
            const std::uint32_t leading_one = (127u - bias + 1) << 23;
            bits = bits_of(float_of(bits + leading_one) - float_of(leading_one));
        } else {
            bits += (127u - bias) << 23;
        }
        return float_of(sign | bits);
    }

    /// The nearest number, ties to even; overflow gives infinity, or a NaN where there is none; a NaN stays one.
    PLUMBLINE_ON_BOTH static Bits from_float(float value) noexcept
    {
        constexpr std::uint32_t overflow = ieee ? largest_exponent : magnitude_bits;
        const auto all_bits = bits_of(value);
        const std::uint32_t sign = (all_bits >> to_float_sign) & sign_bit;
        const std::uint32_t bits = all_bits & 0x7fffffffu;
        std::uint32_t small = 0;
        if (bits > 0x7f800000u) {
            const std::uint32_t payload = (bits >> dropped) & ((1u << fraction_bits) - 1);
            const std::uint32_t quiet = 1u << (fraction_bits - 1);
            small = ieee ? largest_exponent | (payload != 0 ? payload : quiet) : magnitude_bits;
        } else if (bits < (127u - bias + 1) << 23) {  // the sum's last bit is a subnormal's last bit
            const std::uint32_t anchor = (127u - bias + static_cast<std::uint32_t>(dropped) + 1) << 23;
            small = bits_of(float_of(bits) + float_of(anchor)) - anchor;
        } else {
            const std::uint32_t odd = (bits >> dropped) & 1u;
            const std::uint32_t rounded = (bits - ((127u - bias) << 23) + ((1u << (dropped - 1)) - 1) + odd) >> dropped;
            small = rounded < overflow ? rounded : overflow;
        }
        return static_cast<Bits>(sign | small);
    }
};

using Half = SmallFloat<std::uint16_t, 5, 10, LargestExponent::ieee>;  ///< IEEE 754 binary16
/// OCP 8-bit Floating Point Specification 1.0: E4M3 (up to 448, no infinities) and E5M2 (a half cut short).
using Float8E4M3 = SmallFloat<std::uint8_t, 4, 3, LargestExponent::finite>;
using Float8E5M2 = SmallFloat<std::uint8_t, 5, 2, LargestExponent::ieee>;

/// bfloat16 to the float of the same value.
PLUMBLINE_ON_BOTH inline float bfloat16_to_float(std::uint16_t value) noexcept
{
    return float_of(static_cast<std::uint32_t>(value) << 16);
}

/// The nearest bfloat16, ties to even; overflow gives infinity, a NaN stays one.
PLUMBLINE_ON_BOTH inline std::uint16_t float_to_bfloat16(float value) noexcept
{
    const auto bits = bits_of(value);
    if ((bits & 0x7fffffffu) > 0x7f800000u) {
        const std::uint32_t truncated = bits >> 16;
        return static_cast<std::uint16_t>((truncated & 0x7fu) != 0 ? truncated : truncated | 0x40u);
    }
    return static_cast<std::uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

}  // namespace plumbline
