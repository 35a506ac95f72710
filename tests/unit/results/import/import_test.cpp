// SPDX-License-Identifier: Apache-2.0
#include "results/import/import.hpp"

#include "results/import/table_columns.hpp"
#include "tests/support/nccl_logs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <vector>

namespace plumbline {
namespace {

using test::imported_nccl;
using test::named_allreduce;
using test::nccl_titles;
using test::two_ranks;

TEST(ImportSpeed, RepeatsAreCountedNotSearched)
{
    // Equal rows, as a burn-in writes them: their number only shows in the last one's parameter.
    std::string log = named_allreduce + two_ranks + nccl_titles;
    for (int i = 0; i < 20'000; ++i) {
        log += "1024 256 float sum -1 10.0 0.10 0.10 0 N/A N/A N/A N/A\n";
    }
    const ImportedLog read = imported_nccl(log);
    ASSERT_EQ(read.cases.size(), 20'000U);
    EXPECT_EQ(read.cases.back().what.parameters.at("repeat"), "20000");
}

/// A log whose first table is whole, and whose second one has lost the titles of its columns.
struct HalfTitled {
    LogFormat format;
    std::string log;
};

TEST(ImportTitles, RowsBelowNoTitlesAreLeftOutWithAWord)
{
    const std::string nccl_row = "1024 256 float sum -1 10.0 0.10 0.10 0 N/A N/A N/A N/A\n";
    const std::string osu_row = "4      1.25\n";
    const std::string imb_row = " 8 1000 1.00 1.20 1.10\n";
    const std::string imb_titles = "#bytes #repetitions t_min[usec] t_max[usec] t_avg[usec]\n";
    const std::string hccl_row = "1048576 | 200.00 | 5.24 | success\n";
    const std::string hccl_command = "mpirun -n 2 ./bin/all_reduce_test -d fp32\n";
    const std::vector<HalfTitled> logs{
        {LogFormat::nccl_tests, two_ranks + named_allreduce + nccl_titles + nccl_row +
                                    "# Collective test concluded: all_reduce_perf\n" + named_allreduce + nccl_row},
        {LogFormat::osu, "mpirun -n 2 ./osu_bcast\n# OSU MPI Broadcast Latency Test v7.4\n# Size  Avg Latency(us)\n" +
                             osu_row + "# OSU MPI Broadcast Latency Test v7.4\n" + osu_row},
        {LogFormat::imb, "# Benchmarking Bcast\n# #processes = 2\n" + imb_titles + imb_row +
                             "# Benchmarking Allgather\n# #processes = 2\n" + imb_row},
        {LogFormat::hccl_test, hccl_command +
                                   "data_size(Bytes): | aveg_time(us): | alg_bandwidth(GB/s): | "
                                   "check_result:\n" +
                                   hccl_row + hccl_command + hccl_row}};
    for (const HalfTitled& each : logs) {
        ImportHints hints;
        hints.ranks = 2;
        const ImportedLog read = import_log(each.format, each.log, hints);
        EXPECT_EQ(read.cases.size(), 1U) << name(each.format);
        EXPECT_THAT(read.info.warnings,
                    testing::Contains(testing::ResultOf([](const Sentence& said) { return said.english(); },
                                                        testing::HasSubstr("no titles of their columns"))))
            << name(each.format);
    }
}

TEST(ImportTitles, RowsOfAnotherSuiteBelowATableAreNotItsOwn)
{
    const std::string osu =
        "mpirun -n 2 ./osu_iallreduce\n# OSU MPI Non-blocking Allreduce Latency Test v7.4\n# Datatype: MPI_FLOAT.\n"
        "# Size           Overall(us)       Compute(us)    Pure Comm.(us)        Overlap(%)\n"
        "4  4.00  2.00  2.00  10.00\n";
    const std::string imb =
        "#-----\n# Benchmarking Bcast\n# #processes = 2\n#-----\n#bytes #repetitions t_min[usec] t_max[usec] "
        "t_avg[usec]\n64 1000 1.00 1.20 1.10\n";
    const std::string perftest =
        "Send Latency Test\nNumber of qps : 1\n#bytes #iterations t_min[usec] t_max[usec] t_typical[usec]\n"
        "2 1000 1.00 2.00 1.50\n";
    for (const LogFormat format : {LogFormat::osu, LogFormat::imb, LogFormat::perftest}) {
        for (const std::string& log : {osu + imb + perftest, perftest + imb + osu, imb + osu + perftest,
                                       perftest + osu + imb, osu + perftest + imb, imb + perftest + osu}) {
            EXPECT_EQ(import_log(format, log, {}).cases.size(), 1U) << name(format) << "\n" << log;
        }
    }
}

TEST(ImportFormats, HaveNames)
{
    for (const LogFormat format : all_log_formats()) {
        EXPECT_EQ(parse_log_format(name(format)), format);
        EXPECT_THAT(log_format_words(), testing::Contains(name(format)));
    }
    EXPECT_EQ(all_log_formats().size(), 7U);
    EXPECT_EQ(parse_log_format("rccl-tests"), LogFormat::nccl_tests);
    EXPECT_EQ(parse_log_format("x"), std::nullopt);
}

/// `document` with its table below `heading` as it should be; PLUMBLINE_REGENERATE=1 accepts the change.
void expect_table(const std::string& file, const std::string& heading, const std::string& expected)
{
    const std::filesystem::path path = std::filesystem::path(PLUMBLINE_SOURCE_DIR) / file;
    std::ifstream in(path);
    std::string text{std::istreambuf_iterator<char>(in), {}};
    const auto begin = text.find("\n| ", text.find(heading)) + 1;
    const auto blank = text.find("\n\n", begin);
    const auto end = blank == std::string::npos ? text.size() : blank + 1;
    ASSERT_LT(begin, end) << file << " has no table below " << heading;
    if (std::getenv("PLUMBLINE_REGENERATE") != nullptr) {
        text.replace(begin, end - begin, expected);
        std::ofstream(path) << text;
        return;
    }
    EXPECT_EQ(text.substr(begin, end - begin), expected) << "PLUMBLINE_REGENERATE=1 accepts the change";
}

TEST(ImportDocuments, TheReferenceHasALineForEachTestOfASuite)
{
    for (const LogFormat format : all_log_formats()) {
        std::string table = "| test | imported as | |\n| --- | --- | --- |\n";
        for (const SuiteTest& test : suite_tests(format)) {
            table += "| " + test.name + " | " + (test.pattern.empty() ? "left out" : std::string(test.pattern)) +
                     " | " + test.note + " |\n";
        }
        expect_table("docs/reference/imported-suites.md", "\n## " + std::string(name(format)) + "\n", table);
    }
}

TEST(ImportDocuments, TheReferenceHasALineForEachColumnOfTheTable)
{
    const auto table_of = [](std::span<const import::TableColumn> columns) {
        std::string table = "| key | meaning |\n| --- | --- |\n";
        for (const import::TableColumn& column : columns) {
            table += "| `" + std::string(column.name) + "` | " + std::string(column.meaning) + " |\n";
        }
        return table;
    };
    expect_table("docs/reference/import-table.md", "\n## Columns\n", table_of(import::json_columns()));
    expect_table("docs/reference/import-table.md", "\n## JSON\n", table_of(import::json_keys()));
}

}  // namespace
}  // namespace plumbline
