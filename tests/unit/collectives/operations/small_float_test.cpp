// SPDX-License-Identifier: Apache-2.0
#include "collectives/operations/small_float.hpp"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace plumbline {
namespace {

TEST(Half, every_binary16_survives_the_way_through_float)
{
    for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
        const auto half = static_cast<std::uint16_t>(bits);
        ASSERT_EQ(Half::from_float(Half::to_float(half)), half) << bits;
    }
}

TEST(Half, every_bfloat16_survives_the_way_through_float)
{
    for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
        const auto value = static_cast<std::uint16_t>(bits);
        ASSERT_EQ(float_to_bfloat16(bfloat16_to_float(value)), value) << bits;
    }
}

TEST(Half, every_finite_binary16_has_the_value_of_its_definition)
{
    for (std::uint32_t bits = 0; bits < 0x7c00; ++bits) {
        const int exponent = static_cast<int>(bits >> 10);
        const int fraction = static_cast<int>(bits & 0x3ff);
        const double value = exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
        ASSERT_EQ(Half::to_float(static_cast<std::uint16_t>(bits)), value) << bits;
        ASSERT_EQ(Half::to_float(static_cast<std::uint16_t>(bits | 0x8000)), -value) << bits;
    }
}

TEST(Half, floats_between_two_neighbours_go_to_the_nearer_and_ties_to_the_even_one)
{
    for (std::uint32_t bits = 0; bits < 0x7bff; ++bits) {
        const float low = Half::to_float(static_cast<std::uint16_t>(bits));
        const float high = Half::to_float(static_cast<std::uint16_t>(bits + 1));
        const float middle = (low + high) / 2;  // exact: a float has 13 bits more
        ASSERT_EQ(Half::from_float(middle), bits + bits % 2) << bits;
        ASSERT_EQ(Half::from_float(std::nextafter(middle, low)), bits) << bits;
        ASSERT_EQ(Half::from_float(std::nextafter(middle, high)), bits + 1) << bits;
    }
}

TEST(Half, overflow_underflow_and_specials)
{
    const float infinity = std::numeric_limits<float>::infinity();
    EXPECT_EQ(Half::from_float(65504.0f), 0x7bff);
    EXPECT_EQ(Half::from_float(65519.996f), 0x7bff);
    EXPECT_EQ(Half::from_float(65520.0f), 0x7c00);
    EXPECT_EQ(Half::from_float(1e30f), 0x7c00);
    EXPECT_EQ(Half::from_float(-infinity), 0xfc00);
    EXPECT_EQ(Half::from_float(std::ldexp(1.0f, -25)), 0x0000);  // a tie between 0 and the smallest subnormal
    EXPECT_EQ(Half::from_float(std::nextafter(std::ldexp(1.0f, -25), 1.0f)), 0x0001);
    EXPECT_EQ(Half::from_float(-1e-30f), 0x8000);
    EXPECT_TRUE(std::isnan(Half::to_float(Half::from_float(std::numeric_limits<float>::quiet_NaN()))));
    EXPECT_TRUE(std::isnan(Half::to_float(Half::from_float(std::bit_cast<float>(0x7f800001u)))));
    EXPECT_EQ(float_to_bfloat16(std::numeric_limits<float>::max()), 0x7f80);
    EXPECT_EQ(float_to_bfloat16(infinity), 0x7f80);
    EXPECT_EQ(float_to_bfloat16(std::bit_cast<float>(0x3f808000u)), 0x3f80);  // tie to even
    EXPECT_EQ(float_to_bfloat16(std::bit_cast<float>(0x3f818000u)), 0x3f82);
    EXPECT_EQ(float_to_bfloat16(std::bit_cast<float>(0x3f808001u)), 0x3f81);
    EXPECT_TRUE(std::isnan(bfloat16_to_float(float_to_bfloat16(std::bit_cast<float>(0x7f800001u)))));
}

TEST(Float8, every_number_survives_the_way_through_float)
{
    for (std::uint32_t bits = 0; bits < 0x100; ++bits) {
        const auto value = static_cast<std::uint8_t>(bits);
        EXPECT_EQ(Float8E4M3::from_float(Float8E4M3::to_float(value)), value) << bits;
        EXPECT_EQ(Float8E5M2::from_float(Float8E5M2::to_float(value)), value) << bits;
    }
}

TEST(Float8, every_finite_number_has_the_value_of_its_definition)
{
    for (int bits = 0; bits < 0x7f; ++bits) {
        const int exponent = bits >> 3;
        const int fraction = bits & 7;
        const double value = exponent == 0 ? std::ldexp(fraction, -9) : std::ldexp(8 + fraction, exponent - 10);
        EXPECT_EQ(Float8E4M3::to_float(static_cast<std::uint8_t>(bits)), value) << bits;
        EXPECT_EQ(Float8E4M3::to_float(static_cast<std::uint8_t>(bits | 0x80)), -value) << bits;
    }
    // E5M2 is the upper byte of a binary16, infinities and NaNs too.
    for (std::uint32_t bits = 0; bits < 0x100; ++bits) {
        EXPECT_EQ(std::bit_cast<std::uint32_t>(Float8E5M2::to_float(static_cast<std::uint8_t>(bits))),
                  std::bit_cast<std::uint32_t>(Half::to_float(static_cast<std::uint16_t>(bits << 8))))
            << bits;
    }
}

TEST(Float8, floats_between_two_neighbours_go_to_the_nearer_and_ties_to_the_even_one)
{
    const auto check = [](auto format, std::uint8_t largest) {
        using Format = decltype(format);
        for (std::uint8_t bits = 0; bits < largest; ++bits) {
            const float low = Format::to_float(bits);
            const float high = Format::to_float(static_cast<std::uint8_t>(bits + 1));
            const float middle = (low + high) / 2;
            ASSERT_EQ(Format::from_float(middle), bits + bits % 2) << int{bits};
            ASSERT_EQ(Format::from_float(std::nextafter(middle, low)), bits) << int{bits};
            ASSERT_EQ(Format::from_float(std::nextafter(middle, high)), bits + 1) << int{bits};
        }
    };
    check(Float8E4M3{}, 0x7e);
    check(Float8E5M2{}, 0x7b);
}

TEST(Float8, overflow_and_specials)
{
    const float infinity = std::numeric_limits<float>::infinity();
    EXPECT_EQ(Float8E4M3::to_float(0x7e), 448.0f);
    EXPECT_TRUE(std::isnan(Float8E4M3::to_float(0x7f)));
    EXPECT_EQ(Float8E4M3::from_float(464.0f), 0x7e);  // midway to 480, which would be next: the even one
    EXPECT_EQ(Float8E4M3::from_float(std::nextafter(464.0f, 480.0f)), 0x7f);  // no infinity: a NaN
    EXPECT_EQ(Float8E4M3::from_float(-1e30f), 0xff);
    EXPECT_EQ(Float8E4M3::from_float(infinity), 0x7f);
    EXPECT_EQ(Float8E5M2::to_float(0x7b), 57344.0f);
    EXPECT_EQ(Float8E5M2::from_float(61439.0f), 0x7b);
    EXPECT_EQ(Float8E5M2::from_float(61440.0f), 0x7c);
    EXPECT_EQ(Float8E5M2::from_float(-infinity), 0xfc);
    EXPECT_TRUE(std::isnan(Float8E5M2::to_float(Float8E5M2::from_float(std::numeric_limits<float>::quiet_NaN()))));
}

}  // namespace
}  // namespace plumbline
