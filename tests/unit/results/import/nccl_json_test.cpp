// SPDX-License-Identifier: Apache-2.0
#include "results/import/import.hpp"

#include "collectives/util/error.hpp"
#include "tests/support/nccl_logs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace plumbline {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

/// `ranks` processes with `of_process` devices each; `rest`: what a result has beside its two timings.
std::string json_of(int processes, int of_process, const std::string& rest, const std::string& end)
{
    std::string devices;
    for (int p = 0; p < processes; ++p) {
        devices += std::string(p == 0 ? "" : ",") + R"({"rank":)" + std::to_string(p * of_process) +
                   R"(,"group":0,"hostname":"h","device":)" + std::to_string(p) + R"(,"device_hex":"0"})";
    }
    // 1 MiB in 104.8576 us is 10 GB/s.
    return R"({"start_time":"1970-01-02 00:00:00","args":["./broadcast_perf","-a","3"],"config":{"nthreads":1,"ngpus":)" +
           std::to_string(of_process) + R"(,"iterations":20,"devices":[)" + devices +
           R"(]},"results":[{"size":1048576,"count":262144,"type":"float","redop":"none","root":"     0","out_of_place":)"
           R"({"time":104.8576,"alg_bw":10.0,"bus_bw":10.0,"nwrong":0.0},"in_place":null)" +
           rest + "}]" + end + "}";
}

ImportedLog read(const std::string& text)
{
    return test::imported_nccl(text, {});
}

TEST(ImportNcclJson, TheListHasTheFirstDeviceOfEachProcess)
{
    EXPECT_EQ(read(json_of(2, 1, "", "")).cases.at(0).what.ranks, 2);
    EXPECT_EQ(read(json_of(1, 8, "", "")).cases.at(0).what.ranks, 8);
    EXPECT_EQ(read(json_of(3, 4, "", "")).cases.at(0).what.ranks, 12);
}

TEST(ImportNcclJson, AnEmptyLastErrorIsNone)
{
    EXPECT_EQ(read(json_of(2, 1, "", R"(,"errors":[""])")).cases.at(0).status, CaseStatus::measured);
    const ImportedLog failed = read(json_of(2, 1, "", R"(,"errors":["unhandled system error"])"));
    EXPECT_THAT(failed.cases.at(0).why, HasSubstr("unhandled system error"));
}

TEST(ImportNcclJson, ItsNoIsAText)
{
    const ImportedLog wrong = read(json_of(2, 1, "", R"(,"out_of_bounds":{"count":1,"okay":"false"})"));
    EXPECT_THAT(wrong.cases.at(0).why, HasSubstr("wrong data in one of the results"));
    const ImportedLog slow = read(json_of(2, 1, "", R"(,"average_bus_bandwidth":{"bandwidth":1,"okay":"false"})"));
    EXPECT_THAT(slow.info.warnings, ElementsAre(HasSubstr("average bus bandwidth is below")));
    EXPECT_EQ(slow.cases.at(0).status, CaseStatus::measured);
}

TEST(ImportNcclJson, ACountOfWrongElementsThatIsNoNumberIsNotBelieved)
{
    std::string text = json_of(2, 1, "", "");
    text.replace(text.find("\"nwrong\":0.0"), sizeof "\"nwrong\":0.0" - 1, "\"nwrong\":\"nan\"");
    EXPECT_THAT(read(text).cases.at(0).why, HasSubstr("how many elements were wrong"));
}

TEST(ImportNcclJson, StartTimeAndArgumentsAreTaken)
{
    const ImportedLog log = read(json_of(2, 1, "", ""));
    EXPECT_DOUBLE_EQ(log.info.started_unix_s, 86400);
    EXPECT_EQ(log.cases.at(0).reported->estimator, "mean of the iterations; of the slowest rank");
}

TEST(ImportNcclJson, TimesOfEachProcessAreSamplesOfItsRanks)
{
    const ImportedLog log = read(json_of(
        2, 2,
        R"(,"out_of_place_per_iter":{"skipped_iterations":1,"times_us":[30.0,50.0],"per_process_max_times_us":[[10.0,50.0],[30.0,40.0]]})",
        ""));
    ASSERT_EQ(log.cases.size(), 1U);
    EXPECT_FALSE(log.cases[0].reported);
    EXPECT_THAT(log.cases[0].world_ranks, ElementsAre(0, 1, 2, 3));
    const Round& round = log.rounds.at(0);
    EXPECT_EQ(round.seconds.samples, 2U);
    EXPECT_THAT(round.seconds.values, ElementsAre(10e-6, 10e-6, 30e-6, 30e-6, 50e-6, 50e-6, 40e-6, 40e-6));
    EXPECT_THAT(round.warmup, ElementsAre(1, 0));
    EXPECT_EQ(log.info.launches.size(), 1U);
}

TEST(ImportNcclJson, TimesThatAreNotWholeAreNoSamples)
{
    for (const char* const times :
         {R"("times_us":[30.0,"nan"])", R"("times_us":[])", R"("per_process_max_times_us":[[1.0],[1.0,2.0]])",
          R"("per_process_max_times_us":[[1.0],[1.0],[1.0]])", R"("skipped_iterations":2,"times_us":[1.0,2.0])"}) {
        const ImportedLog log = read(json_of(2, 2, R"(,"out_of_place_per_iter":{)" + std::string(times) + "}", ""));
        EXPECT_TRUE(log.cases.at(0).reported) << times;
        EXPECT_EQ(log.rounds.at(0).seconds.samples, 0U) << times;
        EXPECT_THAT(log.info.warnings, Contains(HasSubstr("times of single executions"))) << times;
    }
}

TEST(ImportNcclJson, ExecutionsThatCanNotBeOfItsTimeFailTheRow)
{
    const ImportedLog log = read(json_of(2, 1, R"(,"out_of_place_per_iter":{"times_us":[2000.0,3000.0]})", ""));
    EXPECT_EQ(log.cases.at(0).why, "its single executions take 2500 us in the mean, its time is 104.9 us");
    EXPECT_EQ(log.rounds.at(0).seconds.samples, 0U);
}

TEST(ImportNcclJson, AResultWhoseSizeCanNotBeReadIsMissedAloud)
{
    std::string two = json_of(2, 1, R"(},{"size":"8","count":2,"type":"float","out_of_place":{"time":1.0})", "");
    EXPECT_THAT(read(two).info.warnings, Contains(HasSubstr("line 2: a result whose size can't be read")));
    EXPECT_EQ(read(two).cases.size(), 1U);
}

TEST(ImportNcclJson, ARefusedTableHasNoSamples)
{
    const ImportedLog log =
        read(json_of(2, 1, R"(,"out_of_place_per_iter":{"times_us":[1.0,2.0]})", R"(,"errors":["x"])"));
    EXPECT_EQ(log.cases.at(0).status, CaseStatus::failed);
    EXPECT_EQ(log.rounds.at(0).seconds.samples, 0U);
}

TEST(ImportNcclJson, TheJsonsOwnFailuresRefuseIt)
{
    const auto with = [](const std::string& more) {
        return test::imported_nccl(R"({"args": ["all_reduce_perf"], "config": {"devices": [{"rank": 0}, {"rank": 1}]},
                        "results": [{"size": 1024, "count": 256, "type": "float", "redop": "sum", "root": "-1",
                        "out_of_place": {"time": 10.0, "alg_bw": 0.1, "bus_bw": 0.1, "nwrong": 0}}])" +
                                   more + "}");
    };
    EXPECT_EQ(with("").cases.at(0).status, CaseStatus::measured);
    EXPECT_THAT(with(R"(, "errors": ["unhandled system error"])").cases.at(0).why, HasSubstr("unhandled system error"));
    EXPECT_THAT(with(R"(, "out_of_bounds": {"count": 1, "okay": false})").cases.at(0).why, HasSubstr("wrong data"));
    EXPECT_THAT([] { test::imported_nccl(R"({"args": ["gossip_perf"], "results": []})"); },
                ThrowsMessage<ConfigError>(HasSubstr("plumbline has no operation for the test 'gossip_perf'")));
}

TEST(ImportNcclJson, GroupsOfTheJsonAreReadToo)
{
    std::string devices;
    for (int rank = 0; rank < 8; ++rank) {
        devices += std::string(rank == 0 ? "" : ",") + R"({"rank": )" + std::to_string(rank) + R"(, "group": )" +
                   std::to_string(rank & 3) + R"(, "hostname": "h)" + std::to_string(rank / 4) + R"("})";
    }
    const ImportedLog log =
        test::imported_nccl(R"({"args": ["all_reduce_perf"], "config": {"devices": [)" + devices +
                            R"(]}, "results": [{"size": 1048576, "type": "float", "redop": "sum", "root": "-1",
                                 "out_of_place": {"time": 100.0, "bus_bw": 10.49, "nwrong": 0}}]})");
    ASSERT_EQ(log.cases.size(), 1U);
    EXPECT_EQ(log.cases[0].what.ranks, 2);
    EXPECT_EQ(log.cases[0].what.nodes, 2);
    EXPECT_EQ(log.cases[0].what.parameters.at("groups"), "4");
    EXPECT_TRUE(log.info.warnings.empty());
}

}  // namespace
}  // namespace plumbline
