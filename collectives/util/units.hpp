// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace plumbline {

/// Bytes of a gigabyte: bandwidths are told in GB/s.
inline constexpr double giga = 1e9;

/// Parses "8", "64KiB", "4 MiB", "1GB" (GB = 1e9, GiB = 2^30) into bytes.
/// Nothing for text that is not a size, or for a size that is negative, has a fraction of a byte, or exceeds 2^63 - 1.
std::optional<std::uint64_t> parse_bytes(std::string_view text);

/// Parses "500us", "1 ms", "2s", "3min", "1h", "30d", "0.5" (seconds) into seconds, and what contracts write: "30
/// days", "2 hours", "72小时", "30分钟"; nothing for negative or non-finite values.
std::optional<double> parse_seconds(std::string_view text);

/// Parses "25GB/s", "200mbit", "100Gbit/s", "10GiB/s" into bytes per second; nothing for values that are not positive.
std::optional<double> parse_bandwidth(std::string_view text);

/// The shortest text that parses to the same number, as in a case's parameters and in a target's `where`.
std::string shortest_number(double value);

/// Exact, shortest binary unit: 8 -> "8 B", 65536 -> "64 KiB", 1000 -> "1000 B", 1572864 -> "1.5 MiB"; decimal where
/// the number is round in it alone: 25000000 -> "25 MB", 1500000000 -> "1.5 GB".
std::string format_bytes(std::uint64_t bytes);

/// Three significant digits with ns, us, ms or s: 2.345e-6 -> "2.35 us".
std::string format_seconds(double seconds);
/// The same with `digits` significant ones: three as above, more without rounding the shortest text first.
std::string format_seconds(double seconds, int digits);

/// Three significant digits, in GB/s (1e9 bytes per second): 12.345e9 -> "12.3".
std::string format_gigabytes_per_second(double bytes_per_second);

}  // namespace plumbline
