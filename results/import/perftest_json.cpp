// SPDX-License-Identifier: Apache-2.0
#include "collectives/util/error.hpp"
#include "results/import/log_reader.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline::import {
namespace {

using nlohmann::json;

/// The objects that stand one after another in a text, also in a list: perftest writes one a file.
std::vector<std::string_view> objects_in(std::string_view text)
{
    std::vector<std::string_view> found;
    std::size_t begin = 0;
    int depth = 0;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quoted) {
            i += c == '\\' ? 1 : 0;
            quoted = c != '"';
        } else if (c == '"') {
            quoted = true;
        } else if (c == '{' && depth++ == 0) {
            begin = i;
        } else if (c == '}' && depth > 0 && --depth == 0) {
            found.push_back(text.substr(begin, i + 1 - begin));
        }
    }
    if (depth > 0) {
        found.push_back(text.substr(begin));  // cut short: no JSON
    }
    return found;
}

const json& member(const json& object, const char* key)
{
    static const json nothing;
    const auto found = object.is_object() ? object.find(key) : object.end();
    return object.is_object() && found != object.end() ? *found : nothing;
}

std::optional<double> number_in(const json& object, const char* key)
{
    const json& value = member(object, key);
    return value.is_number() && std::isfinite(value.get<double>()) ? std::optional(value.get<double>()) : std::nullopt;
}

std::string word_in(const json& object, const char* key)
{
    const json& value = member(object, key);
    const std::string text = value.is_string()           ? value.get<std::string>()
                             : value.is_number_integer() ? std::to_string(value.get<std::int64_t>())
                                                         : "";
    const bool plain = std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
    return plain ? text : "";
}

/// "RDMA_Write_Bidirectional_BW_Test" as the text has it: "RDMA_Write Bidirectional BW Test".
std::string title_of(std::string name)
{
    constexpr std::array<std::string_view, 5> verbs{"Send_imm", "RDMA_Write_imm", "RDMA_Write", "RDMA_Read", "Send"};
    std::size_t from = 0;
    for (const std::string_view verb : verbs) {
        if (from == 0 && name.starts_with(verb)) {
            from = verb.size();
        }
    }
    std::replace(name.begin() + static_cast<std::ptrdiff_t>(from), name.end(), '_', ' ');
    return name;
}

/// With the decimals that perftest writes: two, and six of rates below 0.1 Gb/sec.
std::string bandwidth_text(double value)
{
    constexpr double hundred = 100;
    const bool two = std::abs(value * hundred - std::round(value * hundred)) < 1e-6;
    return two ? fmt::format("{:.2f}", value) : fmt::format("{:.6f}", value);
}

/// The JSON doesn't say in which unit its bandwidth is, Gb/sec (--report_gbits) or MiB/sec. They differ by 119 times,
/// and the message rate, always in millions a second, tells which.
std::optional<std::string_view> unit_of(double average, double rate, double bytes)
{
    constexpr double gigabit = 1.25e8;
    constexpr double mebibyte = 1048576;
    constexpr double half_digit = 0.5e-6;
    constexpr double apart = 4;
    const auto agrees = [&](double unit) {
        const double by_rate = rate * 1e6 * bytes / unit;
        const double slack = half_digit * 1e6 * bytes / unit;
        return average <= apart * by_rate + slack && by_rate <= apart * average + slack;
    };
    const bool gigabits = agrees(gigabit);
    const bool mebibytes = agrees(mebibyte);
    return gigabits == mebibytes ? std::nullopt : std::optional<std::string_view>(gigabits ? "[Gb/sec]" : "[MiB/sec]");
}

/// The JSON doesn't say whether its times are microseconds or, with -C, cycles. Half of a way there and back in cycles
/// is a whole or a half, which all of these are in microseconds once in 10^8 times. Where the exchanges a second are
/// known, they tell.
bool are_cycles(const json& results)
{
    int known = 0;
    bool halves = true;
    for (const char* const key : {"t_min", "t_max", "t_typical", "percentile_99", "percentile_99.9"}) {
        if (const auto time = number_in(results, key)) {
            ++known;
            halves = halves && *time * 2 == std::floor(*time * 2);
        }
    }
    const auto mean = number_in(results, "t_avg");
    const auto exchanges_per_s = number_in(results, "tps_average");
    constexpr double apart = 4;
    const bool contradicts =
        mean && exchanges_per_s && *exchanges_per_s > 0 && 2 * *mean * *exchanges_per_s > apart * 1e6;
    constexpr int enough = 4;
    return contradicts || (known >= enough && halves);
}

/// The table that the text has of the same test; empty where the results are none of those that perftest writes.
std::string table_of(const json& results)
{
    const auto bytes = number_in(results, "MsgSize");
    const auto iterations = number_in(results, "n_iterations");
    if (!bytes || !iterations || *bytes < 1 || *bytes > 1e15 || *iterations < 1 || *iterations > 1e15) {
        return {};
    }
    const std::string row = fmt::format("{:.0f} {:.0f}", *bytes, *iterations);
    const auto average = number_in(results, "BW_average");
    const auto rate = number_in(results, "MsgRate");
    if (average && rate) {
        const auto unit = unit_of(*average, *rate, *bytes);
        if (!unit) {
            throw ConfigError(say(
                "BW_average {} and MsgRate {} of {:.0f} B fit neither Gb/sec nor MiB/sec, and perftest's JSON doesn't "
                "name its unit. Import the text that it printed",
                bandwidth_text(*average), fmt::format("{:.6f}", *rate), *bytes));
        }
        return fmt::format("#bytes #iterations BW average{} MsgRate[Mpps]\n{} {} {:.6f}\n", *unit, row,
                           bandwidth_text(*average), *rate);
    }
    const auto mean = number_in(results, "t_avg");
    if (are_cycles(results)) {
        throw ConfigError(say(
            "the latencies look like cycles of the processor (-C), and perftest's JSON doesn't name their unit. Import "
            "the text that it printed of a test without -C"));
    }
    if (const auto typical = number_in(results, "t_typical")) {
        return fmt::format("#bytes #iterations t_typical[usec]\n{} {:.2f}\n", row, *typical);
    }
    return mean ? fmt::format("#bytes #iterations t_avg[usec]\n{} {:.2f}\n", row, *mean) : std::string();
}

}  // namespace

std::string text_of_perftest_json(std::string_view text)
{
    std::string log;
    for (const std::string_view object : objects_in(text)) {
        const json all = json::parse(object.begin(), object.end(), nullptr, false);
        const json& about = member(all, "test_info");
        const std::string name = word_in(about, "test");
        const std::string table = table_of(member(all, "results"));
        if (all.is_discarded() || name.empty() || table.empty()) {
            throw ConfigError(say(
                "the JSON isn't what perftest's --out_json writes of a test (it is cut short, or of --output or of raw "
                "Ethernet, whose JSON isn't whole). Import the text that it printed"));
        }
        log += title_of(name) + "\n";
        for (const auto& [key, title] :
             {std::pair("Dual_port", "Dual-port :"), std::pair("Number_of_qps", "Number of qps :"),
              std::pair("Connection_type", "Connection type :")}) {
            if (const std::string word = word_in(about, key); !word.empty()) {
                log += fmt::format("{} {}\n", title, word);
            }
        }
        log += table;
    }
    return log;
}

}  // namespace plumbline::import
