// SPDX-License-Identifier: Apache-2.0
#include "collectives/util/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <ranges>
#include <span>
#include <system_error>

namespace plumbline {
namespace {

constexpr std::string_view blanks = " \t";

std::string_view trimmed(std::string_view text)
{
    const auto first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

std::string lower(std::string_view text)
{
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return result;
}

/// The factor of a prefix "K", "Ki", "M", ... of "B" or "bit", in upper or lower case; nothing for any other text.
std::optional<std::uint64_t> prefix_factor(std::string_view prefix)
{
    constexpr std::string_view letters = "kmgt";
    if (prefix.empty()) {
        return 1;
    }
    const std::string text = lower(prefix);
    const auto power = letters.find(text.front());
    const bool binary = text.size() == 2 && text.back() == 'i';
    if (power == std::string_view::npos || (text.size() > 1 && !binary)) {
        return std::nullopt;
    }
    std::uint64_t factor = 1;
    for (std::size_t i = 0; i <= power; ++i) {
        factor *= binary ? 1024 : 1000;
    }
    return factor;
}

/// `digits` is an unsigned decimal number ("12", "1.5", ".5"), times `unit`; nothing unless whole and below 2^63.
std::optional<std::uint64_t> exact_product(std::string_view digits, std::uint64_t unit)
{
    constexpr std::uint64_t limit = std::numeric_limits<std::int64_t>::max();
    const auto point = digits.find('.');
    const std::string_view whole = digits.substr(0, point);
    const std::string_view fraction = point == std::string_view::npos ? "" : digits.substr(point + 1);

    std::uint64_t value = 0;
    for (const char c : whole) {
        const auto digit = static_cast<std::uint64_t>(c - '0');
        if (value > (limit - digit) / 10) {
            return std::nullopt;
        }
        value = value * 10 + digit;
    }
    if (value > limit / unit) {
        return std::nullopt;
    }
    // From the last digit up, so that each partial sum is whole exactly when the end result is.
    std::uint64_t part = 0;
    for (const char digit : fraction | std::views::reverse) {
        part += static_cast<std::uint64_t>(digit - '0') * unit;
        if (part % 10 != 0) {
            return std::nullopt;
        }
        part /= 10;
    }
    value *= unit;
    return part > limit - value ? std::nullopt : std::optional(value + part);
}

struct Quantity {
    double value = 0;
    std::string_view unit;
};

/// Number and unit of "1.5 ms"; nothing without a number, with a sign, or for a value that is not finite.
std::optional<Quantity> split_quantity(std::string_view text)
{
    text = trimmed(text);
    if (text.empty() || (!is_digit(text.front()) && text.front() != '.')) {
        return std::nullopt;
    }
    Quantity result;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), result.value);
    if (error != std::errc{} || !std::isfinite(result.value)) {
        return std::nullopt;
    }
    result.unit = trimmed(text.substr(static_cast<std::size_t>(end - text.data())));
    return result;
}

/// digits * 10^(exponent - 2), digits in [100, 999]; or 0.
struct ThreeDigits {
    int digits = 0;
    int exponent = 0;
};

/// `value` >= 0 and finite. Rounds the shortest decimal text, halves up: 2.345e-6 is meant as written, and not as the
/// binary value just below it.
ThreeDigits three_digits(double value)
{
    if (value == 0) {
        return {};
    }
    std::array<char, 32> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::scientific).ptr;
    const auto* const exponent_mark = std::find(text.data(), end, 'e');
    ThreeDigits result;
    std::from_chars(exponent_mark[1] == '+' ? exponent_mark + 2 : exponent_mark + 1, end, result.exponent);
    std::array<int, 4> first_four{};
    std::size_t found = 0;
    for (const auto* c = text.data(); c != exponent_mark && found < first_four.size(); ++c) {
        if (is_digit(*c)) {
            first_four[found++] = *c - '0';
        }
    }
    result.digits = first_four[0] * 100 + first_four[1] * 10 + first_four[2] + (first_four[3] >= 5 ? 1 : 0);
    if (result.digits == 1000) {
        result.digits = 100;
        ++result.exponent;
    }
    return result;
}

struct TimeUnit {
    std::string_view name;
    int exponent;
};

/// In which seconds of that decimal exponent are written.
const TimeUnit& time_unit(int exponent)
{
    static constexpr std::array units{TimeUnit{"s", 0}, TimeUnit{"ms", -3}, TimeUnit{"us", -6}, TimeUnit{"ns", -9}};
    return *std::find_if(units.begin(), units.end() - 1, [&](const TimeUnit& u) { return exponent >= u.exponent; });
}

/// In units of 10^unit_exponent.
std::string decimal_text(const ThreeDigits& number, int unit_exponent)
{
    const int decimals = 2 - (number.exponent - unit_exponent);
    return fmt::format("{:.{}f}", number.digits / std::pow(10.0, decimals), std::max(decimals, 0));
}

}  // namespace

std::optional<std::uint64_t> parse_bytes(std::string_view text)
{
    text = trimmed(text);
    const auto number_end = std::min(text.find_first_not_of("0123456789."), text.size());
    const std::string_view number = text.substr(0, number_end);
    if (number.empty() || number.back() == '.' || std::count(number.begin(), number.end(), '.') > 1) {
        return std::nullopt;
    }
    std::string_view unit = trimmed(text.substr(number_end));
    if (unit.empty()) {
        return exact_product(number, 1);
    }
    if (unit.back() != 'B') {  // a small b is a bit
        return std::nullopt;
    }
    unit.remove_suffix(1);
    const auto factor = prefix_factor(unit);
    return factor ? exact_product(number, *factor) : std::nullopt;
}

std::optional<double> parse_seconds(std::string_view text)
{
    struct Unit {
        std::string_view name;
        double seconds;
    };
    constexpr double minute = 60;
    constexpr double hour = 3600;
    constexpr double day = 86'400;
    constexpr std::array units{
        Unit{"", 1},        Unit{"ns", 1e-9},       Unit{"us", 1e-6},        Unit{"\u00b5s", 1e-6}, Unit{"ms", 1e-3},
        Unit{"s", 1},       Unit{"min", minute},    Unit{"h", hour},         Unit{"d", day},        Unit{"second", 1},
        Unit{"seconds", 1}, Unit{"minute", minute}, Unit{"minutes", minute}, Unit{"hour", hour},    Unit{"hours", hour},
        Unit{"day", day},   Unit{"days", day},      Unit{"微秒", 1e-6},      Unit{"毫秒", 1e-3},    Unit{"秒", 1},
        Unit{"分", minute}, Unit{"分钟", minute},   Unit{"小时", hour},      Unit{"天", day},       Unit{"日", day}};
    const auto quantity = split_quantity(text);
    if (!quantity) {
        return std::nullopt;
    }
    const auto unit =
        std::find_if(units.begin(), units.end(), [&](const Unit& entry) { return entry.name == quantity->unit; });
    if (unit == units.end()) {
        return std::nullopt;
    }
    // Dividing keeps 500us the double nearest to 0.0005; multiplying by 1e-6 would not.
    const double seconds =
        unit->seconds < 1 ? quantity->value / std::round(1 / unit->seconds) : quantity->value * unit->seconds;
    return std::isfinite(seconds) ? std::optional(seconds) : std::nullopt;
}

std::optional<double> parse_bandwidth(std::string_view text)
{
    const auto quantity = split_quantity(text);
    if (!quantity) {
        return std::nullopt;
    }
    std::string_view unit = quantity->unit;
    const bool per_second = unit.ends_with("/s") || unit.ends_with("bps") || unit.ends_with("Bps");
    if (per_second) {
        unit.remove_suffix(2);  // "/s", or the "ps" of Gbps
    }
    double divisor = 8;
    if (lower(unit).ends_with("bit")) {
        unit.remove_suffix(3);
    } else if (per_second && unit.ends_with('b')) {
        unit.remove_suffix(1);
    } else if (per_second && unit.ends_with('B')) {
        unit.remove_suffix(1);
        divisor = 1;
    } else {
        return std::nullopt;
    }
    const auto factor = prefix_factor(unit);
    if (!factor) {
        return std::nullopt;
    }
    const double bandwidth = quantity->value * static_cast<double>(*factor) / divisor;
    return std::isfinite(bandwidth) && bandwidth > 0 ? std::optional(bandwidth) : std::nullopt;
}

std::string shortest_number(double value)
{
    return fmt::format("{}", value);
}

std::string format_bytes(std::uint64_t bytes)
{
    struct Unit {
        std::string_view name;
        std::uint64_t bytes;
    };
    constexpr std::array units{Unit{"TiB", std::uint64_t{1} << 40}, Unit{"GiB", std::uint64_t{1} << 30},
                               Unit{"MiB", std::uint64_t{1} << 20}, Unit{"KiB", std::uint64_t{1} << 10}};
    constexpr std::array decimal_units{Unit{"TB", 1'000'000'000'000}, Unit{"GB", 1'000'000'000}, Unit{"MB", 1'000'000}};
    const bool round_in_decimal = bytes % 1'000'000 == 0 && bytes % (std::uint64_t{1} << 20) != 0;
    for (const Unit& unit : round_in_decimal ? std::span<const Unit>(decimal_units) : std::span<const Unit>(units)) {
        const std::uint64_t rest_in_thousandths = bytes % unit.bytes * 1000;
        if (bytes < unit.bytes || rest_in_thousandths % unit.bytes != 0) {
            continue;
        }
        std::string text = fmt::format("{}.{:03}", bytes / unit.bytes, rest_in_thousandths / unit.bytes);
        text.erase(text.find_last_not_of('0') + 1);
        if (text.back() == '.') {
            text.pop_back();
        }
        return fmt::format("{} {}", text, unit.name);
    }
    return fmt::format("{} B", bytes);
}

std::string format_seconds(double seconds)
{
    if (!std::isfinite(seconds)) {
        return fmt::format("{} s", seconds);
    }
    const ThreeDigits number = three_digits(std::abs(seconds));
    const std::string_view sign = seconds < 0 ? "-" : "";
    if (number.digits == 0) {
        return "0 s";
    }
    const TimeUnit& unit = time_unit(number.exponent);
    return fmt::format("{}{} {}", sign, decimal_text(number, unit.exponent), unit.name);
}

std::string format_seconds(double seconds, int digits)
{
    constexpr int as_ever = 3;
    if (digits <= as_ever || seconds == 0 || !std::isfinite(seconds)) {
        return format_seconds(seconds);
    }
    const int exponent = static_cast<int>(std::floor(std::log10(std::abs(seconds))));
    const TimeUnit& unit = time_unit(exponent);
    const double power = std::pow(10.0, -unit.exponent);  // whole, so that the product is rounded once
    return fmt::format("{:.{}f} {}", seconds * power, std::max(0, digits - 1 - exponent + unit.exponent), unit.name);
}

std::string format_gigabytes_per_second(double bytes_per_second)
{
    if (!std::isfinite(bytes_per_second)) {
        return fmt::format("{}", bytes_per_second);
    }
    const ThreeDigits number = three_digits(std::abs(bytes_per_second));
    return number.digits == 0 ? "0" : fmt::format("{}{}", bytes_per_second < 0 ? "-" : "", decimal_text(number, 9));
}

}  // namespace plumbline
