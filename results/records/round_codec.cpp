// SPDX-License-Identifier: Apache-2.0
#include "results/records/round_codec.hpp"

#include <nlohmann/json.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace plumbline {
namespace {

using Json = nlohmann::json;

// encode() and decode() of each kind of member.

template <class T>
concept Number = std::is_arithmetic_v<T>;

template <Number T>
Json encode(const T& value)
{
    return value;
}
template <Number T>
void decode(const Json& json, T& value)
{
    value = json.get<T>();
}

template <class E>
    requires std::is_enum_v<E>
Json encode(const E& value)
{
    return static_cast<std::underlying_type_t<E>>(value);
}
template <class E>
    requires std::is_enum_v<E>
void decode(const Json& json, E& value)
{
    value = static_cast<E>(json.get<std::underlying_type_t<E>>());
}

Json encode(const std::string& value)
{
    return value;
}
void decode(const Json& json, std::string& value)
{
    value = json.get<std::string>();
}

template <Number T>
Json encode(const std::vector<T>& values)
{
    std::vector<std::uint8_t> bytes(values.size() * sizeof(T));
    if (!values.empty()) {
        std::memcpy(bytes.data(), values.data(), bytes.size());
    }
    return Json::binary(std::move(bytes));
}
template <Number T>
void decode(const Json& json, std::vector<T>& values)
{
    const auto& bytes = json.get_binary();
    values.resize(bytes.size() / sizeof(T));
    if (!values.empty()) {
        std::memcpy(values.data(), bytes.data(), values.size() * sizeof(T));
    }
}

/// Rows of numbers, one after the other.
template <class Row>
Json encode_rows(const std::vector<Row>& rows)
{
    std::vector<double> all;
    for (const Row& row : rows) {
        const auto numbers = to_numbers(row);
        all.insert(all.end(), numbers.begin(), numbers.end());
    }
    return encode(all);
}
template <std::size_t width, class Row>
void decode_rows(const Json& json, std::vector<Row>& rows, Row (*from)(std::span<const double, width>))
{
    std::vector<double> all;
    decode(json, all);
    for (std::size_t i = 0; i + width <= all.size(); i += width) {
        rows.push_back(from(std::span<const double, width>(&all[i], width)));
    }
}
Json encode(const std::vector<Interference>& rows)
{
    return encode_rows(rows);
}
void decode(const Json& json, std::vector<Interference>& rows)
{
    decode_rows(json, rows, interference_from);
}
Json encode(const std::vector<DeviceReadings>& rows)
{
    return encode_rows(rows);
}
void decode(const Json& json, std::vector<DeviceReadings>& rows)
{
    decode_rows(json, rows, device_readings_from);
}

Json encode(const TimelineStep& step)
{
    Json row = Json::array();
    for (const TimelineField& field : timeline_fields) {
        std::visit([&](auto member) { row.push_back(step.*member); }, field.member);
    }
    return row;
}
void decode(const Json& row, TimelineStep& step)
{
    for (std::size_t i = 0; i < timeline_fields.size(); ++i) {
        std::visit([&](auto member) { row.at(i).get_to(step.*member); }, timeline_fields[i].member);
    }
}
Json encode(const std::vector<TimelineStep>& steps)
{
    Json rows = Json::array();
    for (const TimelineStep& step : steps) {
        rows.push_back(encode(step));
    }
    return rows;
}
void decode(const Json& rows, std::vector<TimelineStep>& steps)
{
    for (const Json& row : rows) {
        decode(row, steps.emplace_back());
    }
}

/// Calls visit(key, member) for each member of a part of a round, constant or not. Both directions use this list.
template <class Part, class Visit>
void each_member(Part& part, Visit visit)
{
    using P = std::remove_const_t<Part>;
    if constexpr (std::same_as<P, SampleMatrix>) {
        visit("samples", part.samples);
        visit("ranks", part.ranks);
        visit("values", part.values);
    } else if constexpr (std::same_as<P, Timeline>) {
        visit("sample", part.sample);
        visit("ranks", part.ranks);
        visit("steps_left_out", part.steps_left_out);
        visit("steps", part.steps);
    } else if constexpr (std::same_as<P, LinkRows>) {
        visit("sends_to", part.sends_to);
        visit("stage", part.stage);
    } else if constexpr (std::same_as<P, CongestionRows>) {
        visit("stage", part.stage);
        visit("split", part.split);
        visit("role", part.role);
        visit("aggressor_s", part.aggressor_s);
    } else if constexpr (std::same_as<P, HostSnapshot>) {
        visit("cache_line_latency_s", part.cache_line_latency_s);
        visit("l1_copy_s", part.l1_copy_s);
    } else if constexpr (std::same_as<P, SnapshotPair>) {
        visit("before", part.before);
        visit("after", part.after);
    } else {
        static_assert(std::same_as<P, Round>);
        visit("index", part.index);
        visit("launch", part.launch);
        visit("position", part.position);
        visit("beside", part.beside);
        visit("started_unix_s", part.started_unix_s);
        visit("elapsed_s", part.elapsed_s);
        visit("stop", part.stop);
        visit("seconds", part.seconds);
        visit("warmup", part.warmup);
        visit("batch", part.batch);
        visit("synchronisation", part.synchronisation);
        visit("start_offset_s", part.start_offset_s);
        visit("clock_error_s", part.clock_error_s);
        visit("late", part.late);
        visit("shares", part.shares);
        visit("isolated", part.isolated);
        visit("critical_rank", part.critical_rank);
        visit("timeline", part.timeline);
        visit("interference", part.interference);
        visit("devices", part.devices);
        visit("machine", part.machine);
        visit("links", part.links);
        visit("congestion", part.congestion);
    }
}

template <class Part>
    requires std::is_class_v<Part>
Json encode(const Part& part);
template <class Part>
    requires std::is_class_v<Part>
void decode(const Json& json, Part& part);

template <class T>
Json encode(const std::optional<T>& value)
{
    return value ? encode(*value) : Json(nullptr);
}
template <class T>
void decode(const Json& json, std::optional<T>& value)
{
    if (!json.is_null()) {
        decode(json, value.emplace());
    }
}

template <class T>
Json encode(const std::map<std::string, T>& values)
{
    Json object = Json::object();
    for (const auto& [key, value] : values) {
        object[key] = encode(value);
    }
    return object;
}
template <class T>
void decode(const Json& json, std::map<std::string, T>& values)
{
    for (const auto& [key, value] : json.items()) {
        decode(value, values[key]);
    }
}

template <class Part>
    requires std::is_class_v<Part>
Json encode(const Part& part)
{
    Json object = Json::object();
    each_member(part, [&](const char* key, const auto& member) { object[key] = encode(member); });
    return object;
}
template <class Part>
    requires std::is_class_v<Part>
void decode(const Json& json, Part& part)
{
    each_member(part, [&](const char* key, auto& member) { decode(json.at(key), member); });
}

}  // namespace

nlohmann::json round_json(const Round& round)
{
    return encode(round);
}

Round round_from(const nlohmann::json& object)
{
    Round round;
    decode(object, round);
    return round;
}

}  // namespace plumbline
