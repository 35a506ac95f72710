// SPDX-License-Identifier: Apache-2.0
#include "harness/run/record_transport.hpp"

#include "results/records/codec.hpp"
#include "results/records/round_codec.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <stdexcept>

namespace plumbline {

std::vector<std::byte> pack(const RecordMessage& record)
{
    const nlohmann::json json = {{"header", header_json(record.header)},
                                 {"world_ranks", record.header.world_ranks},
                                 {"round", round_json(record.round)}};
    const auto bytes = nlohmann::json::to_cbor(json);
    const auto view = std::as_bytes(std::span(bytes));
    return {view.begin(), view.end()};
}

RecordMessage unpack(std::span<const std::byte> bytes)
{
    const auto* begin = reinterpret_cast<const std::uint8_t*>(bytes.data());
    try {
        const auto json = nlohmann::json::from_cbor(begin, begin + bytes.size());
        RecordMessage record{.header = header_from(json.at("header")), .round = round_from(json.at("round"))};
        json.at("world_ranks").get_to(record.header.world_ranks);
        return record;
    } catch (const nlohmann::json::exception& error) {
        throw std::runtime_error(error.what());
    }
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
