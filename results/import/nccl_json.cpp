// SPDX-License-Identifier: Apache-2.0
#include "results/import/nccl_names.hpp"

#include "collectives/util/error.hpp"
#include "results/util/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <string>

namespace plumbline::import {
namespace {

using nlohmann::json;

/// A member of an object, or null.
const json& member(const json& object, const char* key)
{
    static const json nothing;
    if (!object.is_object()) {
        return nothing;
    }
    const auto found = object.find(key);
    return found == object.end() ? nothing : *found;
}

std::string text_in(const json& object, const char* key)
{
    const json& value = member(object, key);
    return value.is_string() ? value.get<std::string>() : "";
}

std::optional<double> number_in(const json& object, const char* key)
{
    const json& value = member(object, key);
    if (!value.is_number()) {
        return std::nullopt;
    }
    const double found = value.get<double>();
    return std::isfinite(found) ? std::optional(found) : std::nullopt;
}

std::optional<std::uint64_t> count_in(const json& object, const char* key)
{
    const auto value = number_in(object, key);
    return value && *value >= 0 && *value < 4e18 && *value == std::floor(*value)
               ? std::optional(static_cast<std::uint64_t>(*value))
               : std::nullopt;
}

NcclPlaces places_of(const json& all)
{
    NcclPlaces places;
    const json& inside = member(member(all, "config"), "devices");
    const json& list = inside.is_array() ? inside : member(all, "devices");
    for (const json& device : list.is_array() ? list : json::array()) {
        const auto rank = count_in(device, "rank");
        if (rank && *rank < 10000000) {
            places.add(static_cast<int>(*rank), count_in(device, "group").value_or(0), text_in(device, "hostname"),
                       fmt::format("{} {}", count_in(device, "device").value_or(0), text_in(device, "device_hex")));
        }
    }
    return places;
}

/// nccl-tests writes its numbers with two to four digits; which, the JSON doesn't keep.
std::optional<Printed> rounded(const std::optional<double>& value)
{
    constexpr double digits = 0.005;
    return value ? std::optional(Printed{.value = *value, .half_unit = digits * std::max(1.0, std::abs(*value))})
                 : std::nullopt;
}

/// What it says of itself as a whole.
void judge_all(const json& all, Collector& into)
{
    const json& errors = member(all, "errors");
    if (errors.is_array() && !errors.empty()) {
        const std::string said = errors[0].is_string() ? errors[0].get<std::string>() : errors[0].dump();
        into.refuse_table(0, fmt::format("the test failed, says the log: {}", said));
    }
    const json& right = member(member(all, "out_of_bounds"), "okay");
    const auto cases = into.table();
    const bool known = std::any_of(cases.begin(), cases.end(), has_wrong_data);
    if (right.is_boolean() && !right.get<bool>() && !known) {
        into.refuse_table(0, "wrong data in one of the results, says the log at its end");
    }
}

/// Of the arguments only the program's name is looked at; the environment, which is in there too, not at all.
std::optional<Collective> collective_of(const json& all)
{
    const json& arguments = member(all, "args");
    if (!arguments.is_array() || arguments.empty() || !arguments[0].is_string()) {
        return std::nullopt;
    }
    const auto program = arguments[0].get<std::string>();
    const auto collective = nccl_collective(program);
    if (!collective && program.find("_perf") != std::string::npos) {
        throw ConfigError(fmt::format("plumbline has no operation for the test '{}'. Import the log of another one",
                                      text::printable(program)));
    }
    return collective;
}

}  // namespace

void read_nccl_json(std::string_view log, Collector& into)
{
    const json all = json::parse(log, nullptr, false);
    if (all.is_discarded()) {
        throw ConfigError(
            "the JSON is damaged or was cut short (nccl-tests closes it when it ends). Import its text output");
    }
    const NcclPlaces places = places_of(all);
    const auto hosts = places.hosts();
    into.on_hosts({hosts.begin(), hosts.end()});
    if (const auto version = count_in(all, "nccl_version")) {
        into.say("library", fmt::format("NCCL {}", *version));
    }
    const auto iterations = count_in(member(all, "config"), "iterations");
    const json& results = member(all, "results");
    std::size_t index = 0;
    for (const json& result : results.is_array() ? results : json::array()) {
        ++index;
        for (const bool in_place : {false, true}) {
            const json& body = member(result, in_place ? "in_place" : "out_of_place");
            const char* const title = member(body, "time").is_null() ? "cpu_time" : "time";
            const auto time = rounded(number_in(body, title));
            const auto wrong = number_in(body, "nwrong");
            if (!body.is_object() || (!time && !wrong)) {
                continue;  // an operation that has no such form
            }
            const std::string type = text_in(result, "type");
            const std::string op = text_in(result, "redop");
            const std::string said = text_in(body, title);
            std::string root = text_in(result, "root");
            root.erase(0, root.find_first_not_of(' '));
            NcclTiming timing;
            timing.collective = pattern_or_throw(collective_of(all), into);
            timing.bytes = count_in(result, "size").value_or(0);
            timing.count = count_in(result, "count");
            timing.type = type;
            timing.op = op;
            timing.root = root;
            timing.in_place = in_place;
            timing.time_us = time;
            timing.time_text = said;
            timing.algbw_GBps = rounded(number_in(body, "alg_bw"));
            timing.busbw_GBps = rounded(number_in(body, "bus_bw"));
            timing.wrong = wrong;
            const auto actual = count_in(result, "actual_iterations");
            const auto done = actual ? actual : iterations;
            timing.iterations = done && *done < 1000000000 ? std::optional(static_cast<int>(*done)) : std::nullopt;
            timing.ranks = ranks_or_throw(places.ranks(), into);
            timing.nodes = into.hints().nodes.value_or(places.nodes());
            timing.groups = places.groups();
            timing.line = index;
            if (timing.bytes == 0) {
                continue;
            }
            if (add_timing(timing, into) == Believed::contradicts_ranks) {
                into.refuse_table(index, "the bandwidths of another of its rows are not those of so many ranks");
            }
        }
    }
    judge_all(all, into);
}

}  // namespace plumbline::import
