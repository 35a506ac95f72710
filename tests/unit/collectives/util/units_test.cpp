// SPDX-License-Identifier: Apache-2.0
#include "collectives/util/units.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <limits>
#include <string_view>

namespace plumbline {
namespace {

template <class Value>
struct Row {
    std::string_view text;
    Value value;
};

TEST(Units, parses_binary_and_decimal_suffixes)
{
    constexpr std::array rows{
        Row<std::uint64_t>{"0", 0},
        Row<std::uint64_t>{"8", 8},
        Row<std::uint64_t>{"8B", 8},
        Row<std::uint64_t>{" 64 KiB ", 65536},
        Row<std::uint64_t>{"64KiB", 65536},
        Row<std::uint64_t>{"64KIB", 65536},
        Row<std::uint64_t>{"64kiB", 65536},
        Row<std::uint64_t>{"4MiB", 4194304},
        Row<std::uint64_t>{"2GiB", 2147483648},
        Row<std::uint64_t>{"3TiB", 3298534883328},
        Row<std::uint64_t>{"1kB", 1000},
        Row<std::uint64_t>{"1KB", 1000},
        Row<std::uint64_t>{"1MB", 1000000},
        Row<std::uint64_t>{"1GB", 1000000000},
        Row<std::uint64_t>{"1TB", 1000000000000},
        Row<std::uint64_t>{"1.5MiB", 1572864},
        Row<std::uint64_t>{".5KiB", 512},
        Row<std::uint64_t>{"0.125KB", 125},
        Row<std::uint64_t>{"2.000", 2},
        Row<std::uint64_t>{"9223372036854775807", 9223372036854775807u},
        // (2^23 - 2^-20) * 2^40: all of its digits count
        Row<std::uint64_t>{"8388607.99999904632568359375TiB", 9223372036853727232u},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(parse_bytes(row.text), row.value) << row.text;
    }
}

TEST(Units, refuses_text_that_is_not_a_whole_number_of_bytes)
{
    constexpr std::array<std::string_view, 29> rows{
        "",           " ",       "B",         "KiB",    "-1",    "+1",    "-8KiB",
        "1.5",        "1.5B",    "1.0001KiB", "0.3KiB", "1e3",   "0x10",  "1,000",
        "1_000",      "8 bytes", "8b",        "4Mb",    "4mb",   "4mbit", "4K",
        "4KiiB",      "4XB",     "1.",        "1..5KB", "1.2.3", "1 2",   "9223372036854775808",
        "8388608TiB",
    };
    for (const auto text : rows) {
        EXPECT_EQ(parse_bytes(text), std::nullopt) << text;
    }
}

TEST(Units, refuses_sizes_that_wrap_around_64_bits)
{
    constexpr std::array<std::string_view, 4> rows{"18446744073709551616", "16777216TiB", "99999999999999999999999TiB",
                                                   "8388607.9999999999999TiB"};
    for (const auto text : rows) {
        EXPECT_EQ(parse_bytes(text), std::nullopt) << text;
    }
}

TEST(Units, parses_durations)
{
    constexpr std::array rows{
        Row<double>{"500us", 0.0005}, Row<double>{"500 µs", 0.0005}, Row<double>{"1 ms", 0.001},
        Row<double>{"1.5ms", 0.0015}, Row<double>{"20ns", 2e-8},     Row<double>{"2s", 2},
        Row<double>{"3min", 180},     Row<double>{"1h", 3600},       Row<double>{"0.5", 0.5},
        Row<double>{"1e-3", 0.001},   Row<double>{"0", 0},           Row<double>{" 7 ", 7},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(parse_seconds(row.text), row.value) << row.text;
    }
}

TEST(Units, parses_durations_as_contracts_write_them)
{
    constexpr std::array rows{
        Row<double>{"30 days", 2'592'000}, Row<double>{"1 day", 86'400},   Row<double>{"72 hours", 259'200},
        Row<double>{"30 minutes", 1800},   Row<double>{"72小时", 259'200}, Row<double>{"30 天", 2'592'000},
        Row<double>{"30分钟", 1800},       Row<double>{"60 微秒", 60e-6},  Row<double>{"1.5 毫秒", 1.5e-3},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(parse_seconds(row.text), row.value) << row.text;
    }
}

TEST(Units, refuses_text_that_is_not_a_duration)
{
    constexpr std::array<std::string_view, 14> rows{"",      "s",    "-1s", "-0", "+1s", "inf",   "nan",
                                                    "1e999", "1 ks", "1S",  "1m", "1 2", "1.2.3", "0x10"};
    for (const auto text : rows) {
        EXPECT_EQ(parse_seconds(text), std::nullopt) << text;
    }
    EXPECT_EQ(parse_seconds("1e308h"), std::nullopt);
}

TEST(Units, parses_bandwidths_in_bytes_and_bits)
{
    constexpr std::array rows{
        Row<double>{"1B/s", 1},
        Row<double>{"8b/s", 1},
        Row<double>{"25GB/s", 25e9},
        Row<double>{"25 kB/s", 25e3},
        Row<double>{"10GiB/s", 10737418240.0},
        Row<double>{"200mbit", 25e6},
        Row<double>{"200Mbit", 25e6},
        Row<double>{"100Gbit/s", 12.5e9},
        Row<double>{"25Gb/s", 3.125e9},
        Row<double>{"0.5 TB/s", 0.5e12},
        Row<double>{"8Kibit/s", 1024},
        Row<double>{"400Gbps", 50e9},
        Row<double>{"400 gbps", 50e9},
        Row<double>{"25GBps", 25e9},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(parse_bandwidth(row.text), row.value) << row.text;
    }
}

TEST(Units, refuses_bandwidths_that_are_not_positive_or_have_no_unit)
{
    constexpr std::array<std::string_view, 14> rows{"",     "0GB/s", "-1GB/s",   "infGB/s", "25",
                                                    "25GB", "25Gb",  "25ps",     "25/s",    "25s",
                                                    "GB/s", "1XB/s", "25 G B/s", "25XBps"};
    for (const auto text : rows) {
        EXPECT_EQ(parse_bandwidth(text), std::nullopt) << text;
    }
}

TEST(Units, formats_bytes_exactly_in_the_largest_binary_unit_that_takes_three_decimals)
{
    struct Case {
        std::uint64_t bytes;
        std::string_view text;
    };
    constexpr std::array rows{
        Case{0, "0 B"},
        Case{8, "8 B"},
        Case{1000, "1000 B"},
        Case{1024, "1 KiB"},
        Case{1025, "1025 B"},
        Case{1152, "1.125 KiB"},
        Case{1088, "1088 B"},  // 1.0625 KiB would need four decimals
        Case{65536, "64 KiB"},
        Case{1572864, "1.5 MiB"},
        Case{1048577, "1048577 B"},
        Case{1114112, "1088 KiB"},
        Case{std::uint64_t{1} << 30, "1 GiB"},
        Case{1'000'000'000, "1 GB"},
        Case{25'000'000, "25 MB"},
        Case{1'500'000'000, "1.5 GB"},
        Case{1'048'576'000'000, "1000000 MiB"},
        Case{std::uint64_t{5} << 50, "5120 TiB"},
        Case{std::numeric_limits<std::uint64_t>::max(), "18446744073709551615 B"},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(format_bytes(row.bytes), row.text);
    }
}

TEST(Units, formatted_bytes_parse_back_to_the_same_number)
{
    for (std::uint64_t bytes = 1; bytes < (std::uint64_t{1} << 62); bytes = bytes * 3 + bytes % 7 * 128) {
        EXPECT_EQ(parse_bytes(format_bytes(bytes)), bytes);
    }
}

TEST(Units, formats_seconds_with_three_significant_digits)
{
    struct Case {
        double seconds;
        std::string_view text;
    };
    constexpr std::array rows{
        Case{2.345e-6, "2.35 us"},
        Case{2.345e-5, "23.5 us"},
        Case{1e-3, "1.00 ms"},
        Case{0.5, "500 ms"},
        Case{999.4e-9, "999 ns"},
        Case{999.6e-9, "1.00 us"},
        Case{9.996e-3, "10.0 ms"},
        Case{12, "12.0 s"},
        Case{1234, "1230 s"},
        Case{0.5e-9, "0.500 ns"},
        Case{0, "0 s"},
        Case{-2e-3, "-2.00 ms"},
        Case{8e-9, "8.00 ns"},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(format_seconds(row.seconds), row.text) << row.seconds;
    }
}

TEST(Units, formats_bandwidth_in_gigabytes_per_second_with_three_significant_digits)
{
    struct Case {
        double bytes_per_second;
        std::string_view text;
    };
    constexpr std::array rows{
        Case{12.345e9, "12.3"}, Case{25e9, "25.0"},       Case{21.3e6, "0.0213"}, Case{999.6e9, "1000"},
        Case{1234e9, "1230"},   Case{1, "0.00000000100"}, Case{0, "0"},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(format_gigabytes_per_second(row.bytes_per_second), row.text);
    }
}

}  // namespace
}  // namespace plumbline
