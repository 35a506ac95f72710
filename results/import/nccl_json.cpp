#include "results/import/nccl_names.hpp"

#include "collectives/util/error.hpp"

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
            places.add(static_cast<int>(*rank), count_in(device, "group").value_or(0), text_in(device, "hostname"));
        }
    }
    return places;
}

/// Reads only the program's name of the arguments. The environment, which the file has too, is never read: it may hold
/// secrets.
std::optional<Collective> collective_of(const json& all)
{
    const json& arguments = member(all, "args");
    return arguments.is_array() && !arguments.empty() && arguments[0].is_string()
               ? nccl_collective(arguments[0].get<std::string>())
               : std::nullopt;
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
            const auto time = number_in(body, "time");
            const auto time_us = time ? time : number_in(body, "cpu_time");
            if (!time_us) {
                continue;
            }
            const std::string type = text_in(result, "type");
            const std::string op = text_in(result, "redop");
            std::string root = text_in(result, "root");
            root.erase(0, root.find_first_not_of(' '));
            NcclTiming timing;
            timing.collective = pattern_or_throw(collective_of(all), into);
            timing.bytes = count_in(result, "size").value_or(0);
            timing.type = type;
            timing.op = op;
            timing.root = root;
            timing.in_place = in_place;
            timing.time_us = *time_us;
            timing.busbw_GBps = number_in(body, "bus_bw");
            timing.wrong = number_in(body, "nwrong");
            const auto actual = count_in(result, "actual_iterations");
            const auto done = actual ? actual : iterations;
            timing.iterations = done && *done < 1000000000 ? std::optional(static_cast<int>(*done)) : std::nullopt;
            timing.ranks = ranks_or_throw(places.ranks(), into);
            timing.nodes = into.hints().nodes.value_or(std::max<int>(1, static_cast<int>(hosts.size())));
            timing.groups = places.groups();
            timing.line = index;
            add_timing(timing, into);
        }
    }
}

}  // namespace plumbline::import
