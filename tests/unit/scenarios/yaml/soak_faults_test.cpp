// SPDX-License-Identifier: Apache-2.0
#include "scenarios/yaml/soak_faults.hpp"

#include "collectives/util/error.hpp"
#include "scenarios/yaml/scenario.hpp"

#include <gtest/gtest.h>

#include <string>

namespace plumbline {
namespace {

std::string refusal_of_fault(const std::string& fault)
{
    try {
        parse_soak_faults("faults: [" + fault + "]\n", "f.yaml");
    } catch (const ConfigError& error) {
        return error.what();
    }
    return "";
}

TEST(SoakFaults, ReadsEachKind)
{
    const auto faults = parse_soak_faults(
        "faults: [{kind: kill, rank: 1, at: 12s}, {kind: stop, node: 3, at: 5min}, {kind: slow_load, delay: 2s},\n"
        "         {kind: random, of: [kill, stop], every: 20min, seed: 1},\n"
        "         {kind: link_down, at: 1h, namespace: h2, device: eth0, for: 20s}]\n",
        "f.yaml");
    ASSERT_EQ(faults.size(), 5U);
    EXPECT_EQ(faults[0], (SoakFault{.kind = SoakFaultKind::kill, .rank = 1, .at_s = 12}));
    EXPECT_EQ(faults[1], (SoakFault{.kind = SoakFaultKind::stop, .node = 3, .at_s = 300}));
    EXPECT_EQ(faults[2], (SoakFault{.kind = SoakFaultKind::slow_load, .delay_s = 2}));
    EXPECT_EQ(faults[3], (SoakFault{.kind = SoakFaultKind::random,
                                    .every_s = 1200,
                                    .seed = 1,
                                    .of = {SoakFaultKind::kill, SoakFaultKind::stop}}));
    EXPECT_EQ(faults[4].device, "eth0");
}

TEST(SoakFaults, SaysWhatAFaultLacksOrCantHave)
{
    EXPECT_NE(refusal_of_fault("{kind: kil, at: 1s}").find("The nearest valid value is 'kill'"), std::string::npos);
    EXPECT_NE(refusal_of_fault("{kind: kill, rank: 1}").find("'at'"), std::string::npos);
    EXPECT_NE(refusal_of_fault("{kind: kill, at: 1s, rank: 1, node: 0}").find("is given together with 'rank'"),
              std::string::npos);
    EXPECT_NE(refusal_of_fault("{kind: stop, at: 1s, every: 2s}").find("every"), std::string::npos);
    EXPECT_NE(refusal_of_fault("{kind: random, of: [full_disk], every: 2s}").find("full_disk"), std::string::npos);
    EXPECT_NE(refusal_of_fault("{kind: kill, at: 1s, rank: -1}").find("rank"), std::string::npos);
}

TEST(SoakTargets, TakeAQuantileAndTheBoundThatSaysSomething)
{
    const auto one = [](const std::string& target) {
        return parse_targets("targets: [{name: t, " + target + "}]\n", "t.yaml");
    };
    const Target recovery = one("metric: recovery_time, at_most: 30min, quantile: 95%, confidence: 90%").front();
    EXPECT_EQ(recovery.at_most, 1800);
    EXPECT_EQ(recovery.quantile, 0.95);
    EXPECT_EQ(recovery.confidence, 0.9);
    EXPECT_EQ(one("metric: mtbf, at_least: 10d").front().at_least, 864'000);
    EXPECT_THROW(one("metric: recovery_time, at_least: 30min"), ConfigError);
    EXPECT_THROW(one("metric: mtbf, at_most: 10d"), ConfigError);
    EXPECT_THROW(one("metric: uptime, at_least: 1d, where: {pattern: allreduce}"), ConfigError);
    EXPECT_THROW(one("metric: uptime, at_least: 1d, quantile: 95%"), ConfigError);
    EXPECT_THROW(one("metric: busbw, at_least: 1, confidence: 95%"), ConfigError);
    EXPECT_THROW(one("metric: effective_time_ratio, at_least: 90"), ConfigError);
    EXPECT_THROW(one("metric: recovery_time, at_most: 1s, quantile: 100%"), ConfigError);
}

TEST(SoakScenario, ACheckpointNeedsItsSize)
{
    const std::string scenario = "plumbline: 1\nname: s\ncases: [{pattern: barrier}]\n";
    EXPECT_FALSE(parse_scenario(scenario, "s.yaml").checkpoint);
    const auto checkpoint =
        parse_scenario(scenario + "checkpoint: {bytes_per_rank: 1GiB, to: /c}\n", "s.yaml").checkpoint;
    EXPECT_EQ(checkpoint, (CheckpointSpec{.every_s = 600, .bytes_per_rank = std::uint64_t{1} << 30U, .to = "/c"}));
    EXPECT_THROW(parse_scenario(scenario + "checkpoint: {every: 1min}\n", "s.yaml"), ConfigError);
    EXPECT_THROW(parse_scenario(scenario + "checkpoint: {bytes_per_rank: 1GiB, evry: 1min}\n", "s.yaml"), ConfigError);
}

}  // namespace
}  // namespace plumbline
