#include "harness/run/record_transport.hpp"

#include <cstdint>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

namespace plumbline {

namespace {

using Json = nlohmann::json;

template <class T>
Json to_binary(const std::vector<T>& values)
{
    std::vector<std::uint8_t> bytes(values.size() * sizeof(T));
    if (!values.empty()) {
        std::memcpy(bytes.data(), values.data(), bytes.size());
    }
    return Json::binary(std::move(bytes));
}

template <class T>
std::vector<T> from_binary(const Json& json)
{
    const auto& bytes = json.get_binary();
    std::vector<T> values(bytes.size() / sizeof(T));
    if (!values.empty()) {
        std::memcpy(values.data(), bytes.data(), values.size() * sizeof(T));
    }
    return values;
}

Json matrix_json(const SampleMatrix& matrix)
{
    return {{"samples", matrix.samples}, {"ranks", matrix.ranks}, {"values", to_binary(matrix.values)}};
}

SampleMatrix matrix_from(const Json& json)
{
    return {json.at("samples"), json.at("ranks"), from_binary<double>(json.at("values"))};
}

Json identity_json(const CaseIdentity& what)
{
    return {{"pattern", what.pattern}, {"bytes", what.bytes},          {"dtype", what.dtype},
            {"op", what.op},           {"in_place", what.in_place},    {"root", what.root},
            {"ranks", what.ranks},     {"nodes", what.nodes},          {"placement", what.placement},
            {"subset", what.subset},   {"parameters", what.parameters}};
}

CaseIdentity identity_from(const Json& json)
{
    CaseIdentity what;
    what.pattern = json.at("pattern");
    what.bytes = json.at("bytes");
    what.dtype = json.at("dtype");
    what.op = json.at("op");
    what.in_place = json.at("in_place");
    what.root = json.at("root");
    what.ranks = json.at("ranks");
    what.nodes = json.at("nodes");
    what.placement = json.at("placement");
    what.subset = json.at("subset");
    what.parameters = json.at("parameters");
    return what;
}

Json timeline_json(const Timeline& timeline)
{
    Json steps = Json::array();
    for (const TimelineStep& step : timeline.steps) {
        steps.push_back({step.rank, step.step, step.kind, step.part, step.microbatch, step.chunk, step.peer, step.bytes,
                         step.begin_s, step.end_s});
    }
    return {{"sample", timeline.sample},
            {"ranks", timeline.ranks},
            {"steps_left_out", timeline.steps_left_out},
            {"steps", std::move(steps)}};
}

Timeline timeline_from(const Json& json)
{
    Timeline timeline{.sample = json.at("sample"),
                      .ranks = json.at("ranks"),
                      .steps_left_out = json.at("steps_left_out"),
                      .steps = {}};
    for (const Json& step : json.at("steps")) {
        timeline.steps.push_back({.rank = step.at(0),
                                  .step = step.at(1),
                                  .kind = step.at(2),
                                  .part = step.at(3),
                                  .microbatch = step.at(4),
                                  .chunk = step.at(5),
                                  .peer = step.at(6),
                                  .bytes = step.at(7),
                                  .begin_s = step.at(8),
                                  .end_s = step.at(9)});
    }
    return timeline;
}

}  // namespace

std::vector<std::byte> pack(const RecordMessage& record)
{
    const CaseHeader& header = record.header;
    const Round& round = record.round;
    Json shares = Json::object();
    for (const auto& [share, matrix] : round.shares) {
        shares[share] = matrix_json(matrix);
    }
    Json json = {{"id", header.id},
                 {"what", identity_json(header.what)},
                 {"status", header.status},
                 {"why", header.why},
                 {"world_ranks", to_binary(header.world_ranks)},
                 {"total_bytes", header.total_bytes},
                 {"closed_forms", header.closed_forms},
                 {"coverage", header.verification},
                 {"coverage_note", header.verification_note},
                 {"index", round.index},
                 {"launch", round.launch},
                 {"position", round.position},
                 {"started_unix_s", round.started_unix_s},
                 {"elapsed_s", round.elapsed_s},
                 {"stop", round.stop},
                 {"seconds", matrix_json(round.seconds)},
                 {"warmup", to_binary(round.warmup)},
                 {"batch", to_binary(round.batch)},
                 {"shares", shares}};
    if (header.bus_factor) {
        json["bus_factor"] = *header.bus_factor;
    }
    json["late"] = to_binary(round.late);
    json["synchronisation"] = round.synchronisation;
    if (round.start_offset_s) {
        json["start_offset_s"] = matrix_json(*round.start_offset_s);
    }
    if (round.clock_error_s) {
        json["clock_error_s"] = *round.clock_error_s;
    }
    Json isolated = Json::object();
    for (const auto& [what, matrix] : round.isolated) {
        isolated[what] = matrix_json(matrix);
    }
    json["isolated"] = isolated;
    if (round.critical_rank) {
        json["critical_rank"] = *round.critical_rank;
    }
    if (round.timeline) {
        json["timeline"] = timeline_json(*round.timeline);
    }
    if (round.links) {
        json["sends_to"] = to_binary(round.links->sends_to);
        json["link_stage"] = to_binary(round.links->stage);
    }
    if (round.congestion) {
        json["congestion"] = {{"stage", to_binary(round.congestion->stage)},
                              {"split", to_binary(round.congestion->split)},
                              {"role", to_binary(round.congestion->role)},
                              {"aggressor_s", to_binary(round.congestion->aggressor_s)}};
    }
    std::vector<double> interference;
    for (const Interference& rank : round.interference) {
        const auto numbers = to_numbers(rank);
        interference.insert(interference.end(), numbers.begin(), numbers.end());
    }
    json["interference"] = to_binary(interference);
    std::vector<double> devices;
    for (const DeviceReadings& rank : round.devices) {
        const auto numbers = to_numbers(rank);
        devices.insert(devices.end(), numbers.begin(), numbers.end());
    }
    json["devices"] = to_binary(devices);
    const auto bytes = Json::to_cbor(json);
    const auto view = std::as_bytes(std::span(bytes));
    return {view.begin(), view.end()};
}

RecordMessage unpack(std::span<const std::byte> bytes)
{
    const auto* begin = reinterpret_cast<const std::uint8_t*>(bytes.data());
    const Json json = Json::from_cbor(begin, begin + bytes.size());
    RecordMessage record;
    CaseHeader& header = record.header;
    header.id = json.at("id");
    header.what = identity_from(json.at("what"));
    header.status = json.at("status");
    header.why = json.at("why");
    header.world_ranks = from_binary<int>(json.at("world_ranks"));
    header.total_bytes = json.at("total_bytes");
    header.closed_forms = json.at("closed_forms").get<std::map<std::string, double>>();
    if (json.contains("bus_factor")) {
        header.bus_factor = json.at("bus_factor").get<double>();
    }
    header.verification = json.at("coverage");
    header.verification_note = json.at("coverage_note");
    Round& round = record.round;
    round.index = json.at("index");
    round.launch = json.at("launch");
    round.position = json.at("position");
    round.started_unix_s = json.at("started_unix_s");
    round.elapsed_s = json.at("elapsed_s");
    round.stop = json.at("stop");
    round.seconds = matrix_from(json.at("seconds"));
    round.warmup = from_binary<std::uint8_t>(json.at("warmup"));
    round.batch = from_binary<std::uint32_t>(json.at("batch"));
    round.synchronisation = json.at("synchronisation");
    round.late = from_binary<std::uint8_t>(json.at("late"));
    if (json.contains("start_offset_s")) {
        round.start_offset_s = matrix_from(json.at("start_offset_s"));
    }
    if (json.contains("clock_error_s")) {
        round.clock_error_s = json.at("clock_error_s").get<double>();
    }
    for (const auto& [what, matrix] : json.at("isolated").items()) {
        round.isolated[what] = matrix_from(matrix);
    }
    if (json.contains("critical_rank")) {
        round.critical_rank = json.at("critical_rank").get<int>();
    }
    if (json.contains("timeline")) {
        round.timeline = timeline_from(json.at("timeline"));
    }
    if (json.contains("sends_to")) {
        round.links = LinkRows{.sends_to = from_binary<std::int32_t>(json.at("sends_to")),
                               .stage = from_binary<std::uint8_t>(json.at("link_stage"))};
    }
    if (json.contains("congestion")) {
        const Json& rows = json.at("congestion");
        round.congestion = CongestionRows{.stage = from_binary<std::uint8_t>(rows.at("stage")),
                                          .split = from_binary<std::int32_t>(rows.at("split")),
                                          .role = from_binary<std::uint8_t>(rows.at("role")),
                                          .aggressor_s = from_binary<double>(rows.at("aggressor_s"))};
    }
    for (const auto& [share, matrix] : json.at("shares").items()) {
        round.shares[share] = matrix_from(matrix);
    }
    const auto interference = from_binary<double>(json.at("interference"));
    for (std::size_t i = 0; i + interference_numbers <= interference.size(); i += interference_numbers) {
        round.interference.push_back(
            interference_from(std::span<const double, interference_numbers>(&interference[i], interference_numbers)));
    }
    constexpr std::size_t width = device_fields.size();
    const auto devices = from_binary<double>(json.at("devices"));
    for (std::size_t i = 0; i + width <= devices.size(); i += width) {
        round.devices.push_back(device_watch_from(std::span<const double, width>(&devices[i], width)));
    }
    return record;
}

std::optional<RecordMessage> send_record(Communicator& world, int from, int to,
                                         const std::optional<RecordMessage>& record)
{
    const int me = world.rank();
    if (from == to) {
        return me == to ? record : std::nullopt;
    }
    if (me == from) {
        world.send(record ? pack(*record) : std::vector<std::byte>(), to);
    }
    if (me != to) {
        return std::nullopt;
    }
    const auto bytes = world.receive(from);
    return bytes.empty() ? std::nullopt : std::optional(unpack(bytes));
}

}  // namespace plumbline
