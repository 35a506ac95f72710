// SPDX-License-Identifier: Apache-2.0
#include "results/records/round_codec.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdint>

namespace plumbline {
namespace {

using nlohmann::json;

Round whole_round()
{
    Round round;
    round.index = 1;
    round.launch = 2;
    round.position = 3;
    round.beside = 2;
    round.started_unix_s = 1.5e9;
    round.elapsed_s = 2.5;
    round.stop = StopReason::budget;
    round.seconds = {.samples = 2, .ranks = 2, .values = {1, 2, 3, 4}};
    round.warmup = {1, 0};
    round.batch = {1, 1000};
    round.synchronisation = "window";
    round.start_offset_s = SampleMatrix{.samples = 2, .ranks = 2, .values = {0, 1e-6, 2e-6, 0}};
    round.clock_error_s = 3e-7;
    round.late = {0, 1};
    round.shares["compute_s"] = round.seconds;
    round.isolated["communication_s"] = {.samples = 1, .ranks = 2, .values = {5, 6}};
    round.critical_rank = 1;
    round.timeline = Timeline{.sample = 1,
                              .ranks = 2,
                              .steps_left_out = 4,
                              .steps = {{.rank = 1,
                                         .step = 5,
                                         .kind = "send",
                                         .part = "pipeline",
                                         .peer = 0,
                                         .bytes = std::uint64_t{1} << 33,
                                         .begin_s = 0.25,
                                         .end_s = 0.5}}};
    round.interference = {{.seconds = 1, .major_faults = 3}, {.seconds = 2, .steal_s = 0.5}};
    round.devices.resize(2);
    round.devices[1].after.clock_hz = 1.7e9;
    round.machine.before = {.cache_line_latency_s = {6e-8, 7e-8}, .l1_copy_s = {4e-8}};
    round.links = LinkRows{.sends_to = {1, -1, -1, 0}, .stage = {0, 2}};
    round.congestion = CongestionRows{.stage = {0, 1}, .split = {0, 0}, .role = {1, 2}, .aggressor_s = {0, 0.5}};
    return round;
}

TEST(RoundCodec, a_round_comes_back_whole_by_way_of_cbor)
{
    for (const Round& round : {whole_round(), Round{}}) {
        EXPECT_EQ(round_from(json::from_cbor(json::to_cbor(round_json(round)))), round);
    }
}

TEST(RoundCodec, what_is_no_round_is_refused)
{
    json object = round_json(whole_round());
    object.erase("warmup");
    EXPECT_THROW(round_from(object), json::exception);
    EXPECT_THROW(round_from(json::array()), json::exception);
}

}  // namespace
}  // namespace plumbline
