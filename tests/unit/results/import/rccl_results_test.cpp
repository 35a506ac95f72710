// SPDX-License-Identifier: Apache-2.0
#include "collectives/util/error.hpp"
#include "results/import/import.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace plumbline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::ThrowsMessage;

ImportedLog read(const std::string& text, const ImportHints& hints = {})
{
    return import_log(LogFormat::nccl_tests, text, hints);
}

// 1 MiB in 104.8576 us is 10 GB/s; an allreduce's factor is 1.875 on 16 ranks, 1.5 on 4.
const std::string of_mpi =
    R"("numCycle":0, "name":"AllReduce", "nodes":2, "ranks":16, "ranksPerNode":8, "gpusPerRank":1, "size":1048576, )"
    R"("type":"float", "redop":"sum", )";
const std::string times = R"("time":104.8576, "algBw":10, "busBw":18.75, )";

std::string list_of(const std::string& rest)
{
    return "[\n{" + of_mpi + R"("inPlace":0, )" + times + rest + "},\n{" + of_mpi + R"("inPlace":1, )" + times + rest +
           "}\n]\n";
}

TEST(ImportRcclResults, AListHasARowForEachTiming)
{
    const ImportedLog log = read(list_of(R"("wrong":"0")"));
    ASSERT_EQ(log.cases.size(), 2U);
    EXPECT_EQ(log.cases.at(0).what.pattern, "allreduce");
    EXPECT_EQ(log.cases.at(0).what.ranks, 16);
    EXPECT_EQ(log.cases.at(0).what.nodes, 2);
    EXPECT_FALSE(log.cases.at(0).what.in_place);
    EXPECT_TRUE(log.cases.at(1).what.in_place);
    EXPECT_DOUBLE_EQ(log.cases.at(0).reported->time_s, 104.8576e-6);
    EXPECT_EQ(log.cases.at(0).verification, Verification::verified);
    EXPECT_THAT(log.info.warnings, IsEmpty());
}

TEST(ImportRcclResults, WrongElementsFailTheCaseAndUncheckedOnesAreNotVerified)
{
    const ImportedLog wrong = read(list_of(R"("wrong":"12")"));
    EXPECT_EQ(wrong.cases.at(0).status, CaseStatus::failed);
    EXPECT_THAT(wrong.cases.at(0).why, HasSubstr("12 elements"));
    const ImportedLog unchecked = read(list_of(R"("wrong":"N/A")"));
    EXPECT_EQ(unchecked.cases.at(0).status, CaseStatus::measured);
    EXPECT_NE(unchecked.cases.at(0).verification, Verification::verified);
}

TEST(ImportRcclResults, OlderOnesAreObjectsOneALineOfOneProcess)
{
    const std::string object =
        R"({"#wrong":"0","algBw":10.0,"busBw":15.0,"gpus":4,"inPlace":0,"name":"AllReduce","redop":"sum",)"
        R"("size":1048576,"time":104.85760000000001,"type":"float"})";
    const ImportedLog log = read(object + "\n" + object + "\n");
    ASSERT_EQ(log.cases.size(), 2U);
    EXPECT_EQ(log.cases.at(0).what.ranks, 4);
    EXPECT_EQ(log.cases.at(1).what.parameters.at("repeat"), "2");
}

TEST(ImportRcclResults, RowsOfCsvHaveTheNodesThatItsTitlesLack)
{
    const std::string row = "0,\"AllReduce\",2,16,8,1,1048576,\"float\",\"sum\",0,104.858,10,18.75,\"0\"\n";
    const ImportedLog log =
        read("numCycle,collective,ranks,rankspernode,gpusperrank,size,type,redop,inplace,time,algbw,busbw,#wrong\n" +
             row + row);
    ASSERT_EQ(log.cases.size(), 2U);
    EXPECT_EQ(log.cases.at(0).what.ranks, 16);
    EXPECT_EQ(log.cases.at(0).what.nodes, 2);
    const ImportedLog spaced = read(
        "numCycle, name, gpus, size, type, redop, inPlace, time, algBw, busBw, #wrong\r\n"
        "0, AllReduce, 4, 1048576, float, sum, 1, 104.858, 10, 15, 0\r\n");
    EXPECT_EQ(spaced.cases.at(0).what.ranks, 4);
}

TEST(ImportRcclResults, OneNodeOfManyProcessesIsWarnedOf)
{
    std::string one = list_of(R"("wrong":"0")");
    for (std::size_t at = one.find("\"nodes\":2"); at != std::string::npos; at = one.find("\"nodes\":2")) {
        one.replace(at, 9, "\"nodes\":1");
    }
    EXPECT_THAT(read(one).info.warnings, ElementsAre(HasSubstr("Give the number with --nodes")));
    const ImportedLog told = read(one, {.pattern = {}, .ranks = std::nullopt, .nodes = 2});
    EXPECT_EQ(told.cases.at(0).what.nodes, 2);
    EXPECT_THAT(told.info.warnings, IsEmpty());
}

TEST(ImportRcclResults, ABandwidthOfAnotherNumberOfRanksRefusesTheTable)
{
    std::string text = list_of(R"("wrong":"0")");
    text.replace(text.find("\"ranks\":16"), 10, "\"ranks\":4 ");
    const ImportedLog log = read(text);
    EXPECT_EQ(log.cases.at(0).status, CaseStatus::failed);
    EXPECT_EQ(log.cases.at(1).status, CaseStatus::failed);
}

TEST(ImportRcclResults, WhatIsNotWholeIsRefused)
{
    const std::string whole = list_of(R"("wrong":"0")");
    struct BadFile {
        std::string text, said;
    };
    for (const auto& [text, said] :
         {BadFile{whole.substr(0, whole.size() - 30), "damaged or was cut short"},
          BadFile{list_of(R"("other":"0")"), "line 1: '#wrong' is missing"},
          BadFile{R"({"#wrong":"0","algBw":10,"busBw":15,"inPlace":0,"name":"AllReduce"})", "'gpus' is missing"},
          BadFile{"{\"busBw\":1,\"inPlace\":0}\n{\"busBw\":1,\"inPl\n", "line 2: a result is no JSON object"},
          BadFile{"name,gpus,size,type,redop,inplace,time,algbw,busbw,#wrong\nAllReduce,4\n",
                  "line 2: it has 2 values for 10 titles"},
          BadFile{"name,gpus,size,type,redop,inplace,time,algbw,busbw,#wrong\nAllReduce,4,8,float,sum,0,x,1,1,0\n",
                  "'time' is 'x', no number"},
          BadFile{"name,gpus,size,type,redop,inplace,time,algbw,busbw,#wrong\nAllReduce,-1,8,float,sum,0,1,1,1,0\n",
                  "'gpus' is '-1'"}}) {
        const auto reading = [&log = text] { read(log); };
        EXPECT_THAT(reading, ThrowsMessage<ConfigError>(HasSubstr(said))) << text;
    }
}

TEST(ImportRcclResults, AnUnknownOperationIsLeftOutByName)
{
    std::string text = list_of(R"("wrong":"0")");
    text.replace(text.find("AllReduce"), 9, "AllReduxe");
    const ImportedLog log = read(text);
    EXPECT_EQ(log.cases.size(), 1U);
    EXPECT_THAT(log.info.warnings, ElementsAre(HasSubstr("AllReduxe is left out")));
}

}  // namespace
}  // namespace plumbline
