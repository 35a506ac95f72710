// SPDX-License-Identifier: Apache-2.0
#include "results/import/import.hpp"

#include "collectives/util/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace plumbline {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

ImportedLog read(const std::string& text)
{
    return import_log(LogFormat::table, text, {});
}

void expect_refused(const std::string& text, const std::string& sentence)
{
    EXPECT_THAT([&] { read(text); }, ThrowsMessage<ConfigError>(HasSubstr(sentence))) << text;
}

TEST(ImportTable, ARowOfCsvIsACase)
{
    const ImportedLog log = read(
        "# mine\npattern,bytes,ranks,time_us,dtype,estimator,verified\n"
        "allreduce,1024,4,10.5,float16,\"median, \"\"slowest\"\" rank\",true\r\n"
        "barrier,,4,2,,,\n");
    ASSERT_EQ(log.cases.size(), 2U);
    EXPECT_EQ(log.cases[0].what.dtype, DataType::float16);
    EXPECT_DOUBLE_EQ(log.cases[0].bus_factor.value(), 1.5);
    EXPECT_DOUBLE_EQ(log.cases[0].reported->time_s, 10.5e-6);
    EXPECT_EQ(log.cases[0].reported->estimator, "median, \"slowest\" rank");
    EXPECT_EQ(log.cases[0].verification, Verification::verified);
    EXPECT_EQ(log.cases[1].what.pattern, "barrier");
}

TEST(ImportTable, AMistakeNamesLineKeyAndWhatWouldDo)
{
    const std::string titles = "pattern,bytes,ranks,time_us\n";
    expect_refused("pattern,bytes,rank,time_us\n", "line 1: key 'rank' is unknown (the nearest is");
    expect_refused("pattern,bytes,bytes\n", "line 1: key 'bytes' is there twice");
    expect_refused(titles + "allreduce,1024,4\n", "line 2: the row has 3 cells, the titles are 4");
    expect_refused(titles + "allreduce,1 KiB,4,1\n", "line 2: key 'bytes' is 1 KiB (not a whole number");
    expect_refused(titles + "allreduce,1024,0,1\n", "line 2: key 'ranks' is 0");
    expect_refused(titles + "allreduce,1024,4,-1\n",
                   "line 2: key 'time_us' is -1 (not a time above 0, from 1e-6 to 1e15)");
    expect_refused(titles + "allreduce,1024,4,nan\n", "line 2: key 'time_us' is nan");
    expect_refused(titles + "allreduce,1024,4,\n", "line 2: key 'time_us' is empty");
    expect_refused(titles + "allreduse,1024,4,1\n", "line 2: key 'pattern' is allreduse (no operation)");
    expect_refused(titles + "links,1024,4,1\n", "line 2: key 'pattern' is links (no operation)");
    expect_refused(titles + "allreduce,\"1024,4,1\n", "line 2: a quote isn't closed");
    expect_refused(titles + "allreduce,1024,4,1\"0\".5\n", "line 2: a quote stands within a cell");
    expect_refused(titles + "all\"reduce\",1024,4,1\n", "line 2: a quote stands within a cell");
    expect_refused(titles + "allreduce,\"1024\"0,4,1\n", "line 2: a quote stands within a cell");
    expect_refused(titles + "allreduce,1024,4,1.", "line 2: key 'time_us' is 1. (not a time");
    expect_refused(titles + "allreduce,1024,4,1e-320\n", "line 2: key 'time_us' is 1e-320 (not a time");
    expect_refused("pattern,bytes,ranks,time_us,op\nbroadcast,1024,4,1,max\n",
                   "key 'op' is max (broadcast reduces nothing)");
    expect_refused("pattern,bytes,ranks,time_us,root\nallreduce,1024,4,1,2\n",
                   "key 'root' is 2 (allreduce has no root)");
    expect_refused("pattern,bytes,ranks,time_us,dtype\nallreduce,1022,4,1,float32\n",
                   "key 'bytes' is 1022 (no whole number of float32)");
    expect_refused("", "no result");
    expect_refused(R"({"plumbline_table": 2, "cases": []})", "key 'plumbline_table'");
    expect_refused(
        "{\"plumbline_table\": 1,\n\"cases\": [\n{\"pattern\": \"allreduce\", \"bytes\": 8, \"ranks\": 2, \"tim_us\": "
        "1}]}",
        "line 3: key 'tim_us' is unknown");
    expect_refused("{\"plumbline_table\": 1,\n\"cases\": [", "the JSON can't be read (at line 2");
    expect_refused(
        R"({"plumbline_table": 1, "cases": [{"pattern": "allreduce", "bytes": 8, "ranks": 2, "samples_us": [[1]]}]})",
        "the case has 2 ranks");
    expect_refused(
        "{\"plumbline_table\": 1, \"cases\": [\n{\"pattern\": \"allreduce\", \"bytes\": 8, \"ranks\": 2, \"time_us\": "
        "1, \"bytes\": 16}]}",
        "line 2: key 'bytes' is there twice in one object");
    expect_refused(
        R"({"plumbline_table": 1, "cases": [{"pattern": "allreduce", "bytes": 8, "ranks": 2, "time_us": 1e400}]})",
        "a number in it is too large");
    expect_refused(R"({"plumbline_table": 1, "hosts": "a", "cases": []})", "key 'hosts' is \"a\" (no list)");
}

TEST(ImportTable, AParameterThatMeansNothingIsAMistake)
{
    const auto with = [](const std::string& pattern, const std::string& parameters) {
        return R"({"plumbline_table": 1, "cases": [{"pattern": ")" + pattern +
               R"(", "bytes": 1024, "ranks": 2, "time_us": 1, "parameters": )" + parameters + "}]}";
    };
    expect_refused(with("allreduce", R"({"": 1})"), "a name has letters");
    expect_refused(with("allreduce", R"({"a b": 1})"), "key 'parameters.a b'");
    expect_refused(with("allreduce", R"({"repeat": 2})"), "that name tells equal rows apart");
    expect_refused(with("allreduce", R"({"a": "x\n"})"), "no text that can be shown");
    expect_refused(with("bidirectional", R"({"window": 0})"), "key 'parameters.window' is 0 (not a whole number");
    expect_refused(with("bidirectional", R"({"window": "x"})"), "key 'parameters.window' is x");
    expect_refused(with("allreduce", R"({"chain": 1e9})"), "key 'parameters.chain'");
    expect_refused(with("allreduce", R"({"timing": "x"})"), "key 'parameters.timing' is x (unknown)");
    expect_refused(with("pingpong", R"({"pairs": "x"})"), "key 'parameters.pairs' is x (unknown)");
    EXPECT_EQ(read(with("allreduce", R"({"nic.mode-1": "two rails"})")).cases.at(0).what.parameters.size(), 1U);
}

TEST(ImportTable, ADateIsOneOfTheCalendar)
{
    const auto at = [](const std::string& date) {
        return R"({"plumbline_table": 1, "started": ")" + date +
               R"(", "cases": [{"pattern": "barrier", "ranks": 2, "time_us": 1}]})";
    };
    expect_refused(at("2026-02-31T00:00:00Z"), "key 'started' is 2026-02-31T00:00:00Z (no date)");
    expect_refused(at("9999-12-31T23:59:60Z"), "(no date)");
    EXPECT_DOUBLE_EQ(read(at("1970-01-02T00:00:00Z")).info.started_unix_s, 86400);
}

TEST(ImportTable, IsReadInTheEncodingsOfWindows)
{
    const std::string csv = "pattern,bytes,ranks,time_us\r\nallreduce,1024,4,10.5\r\n";
    const std::string json =
        R"({"plumbline_table": 1, "cases": [{"pattern": "allreduce", "bytes": 1024, "ranks": 4, "time_us": 10.5}]})";
    for (const std::string& text : {csv, json}) {
        std::string utf16 = "\xFF\xFE";
        for (const char c : text) {
            utf16 += c;
            utf16 += '\0';
        }
        for (const std::string& file : {"\xEF\xBB\xBF" + text, utf16}) {
            const ImportedLog log = read(file);
            ASSERT_EQ(log.cases.size(), 1U);
            EXPECT_DOUBLE_EQ(log.cases[0].reported->time_s, 10.5e-6);
        }
    }
}

TEST(ImportTable, JsonMayHaveSamplesAndParameters)
{
    const ImportedLog log =
        read(R"({"plumbline_table": 1, "suite": "mine", "started": "1970-01-02T00:00:00Z", "hosts": ["a", "b"],
        "cases": [{"pattern": "allreduce", "bytes": 1024, "ranks": 2, "nodes": 2, "samples_us": [[1, 2], [3, 4]],
                   "parameters": {"stripes": 4}},
                  {"pattern": "bidirectional", "bytes": 1024, "ranks": 2, "time_us": 1, "parameters": {"window": 16}},
                  {"pattern": "alltoall", "bytes": 1024, "ranks": 2, "why": "wrong data on rank 1"}]})");
    ASSERT_EQ(log.cases.size(), 3U);
    EXPECT_THAT(log.rounds.at(0).seconds.values, ElementsAre(1e-6, 2e-6, 3e-6, 4e-6));
    EXPECT_EQ(log.cases[0].what.parameters.at("stripes"), "4");
    EXPECT_DOUBLE_EQ(log.cases[1].bus_factor.value(), 16);
    EXPECT_TRUE(has_wrong_data(log.cases[2]));
    EXPECT_DOUBLE_EQ(log.info.started_unix_s, 86400);
    EXPECT_THAT(log.info.hosts, ElementsAre("a", "b"));
}

}  // namespace
}  // namespace plumbline
