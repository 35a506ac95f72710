// SPDX-License-Identifier: Apache-2.0
#include "results/printers/nccl_table.hpp"

#include "collectives/operations/traffic.hpp"
#include "results/import/import.hpp"
#include "results/records/identity_parameters.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace plumbline {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

/// A measured case of 8 ranks on 2 nodes.
CaseSummary row(const std::string& pattern, std::uint64_t bytes, double seconds, bool in_place = false)
{
    CaseSummary made;
    made.header.what.pattern = pattern;
    made.header.what.bytes = bytes;
    made.header.what.in_place = in_place;
    made.header.what.ranks = 8;
    made.header.what.nodes = 2;
    made.header.total_bytes = bytes;
    made.header.verification = Verification::verified;
    made.samples = 20;
    made.warmups = 3;
    made.median_s = seconds;
    made.header.bus_factor = pattern == "allreduce" ? 1.75 : pattern == "alltoall" ? 0.875 : 1.0;
    made.algbw_bytes_per_s = static_cast<double>(bytes) / seconds;
    made.busbw_bytes_per_s = *made.algbw_bytes_per_s * *made.header.bus_factor;
    return made;
}

CaseSummary chained(CaseSummary made, std::uint32_t length)
{
    set_timing(made.header.what, {.regime = TimingRegime::chained, .chain = length});
    return made;
}

std::string printed(const std::vector<CaseSummary>& cases)
{
    RunMetadata info;
    info.plumbline_version = "0.1.0";
    info.backend = "nccl";
    info.hosts = {"h0", "h1"};
    RunData run;
    run.cases = cases;
    run.nodes_of_ranks = [](int) { return std::vector<int>{0, 0, 0, 0, 1, 1, 1, 1}; };
    std::ostringstream out;
    show_nccl_tables(out, info, run);
    return out.str();
}

TEST(NcclTable, is_that_of_nccl_tests_with_the_timing_and_the_statistic_in_comments)
{
    // 1 GiB in 4 ms: 268.44 GB/s, times 1.75 = 469.76; in place 5 ms: 214.75 and 375.81. 8 B in 12.5 us: 0.00 both.
    const std::uint64_t gib = std::uint64_t{1} << 30U;
    const std::string text =
        printed({chained(row("allreduce", gib, 4e-3), 20), chained(row("allreduce", gib, 5e-3, true), 20),
                 chained(row("allreduce", 8, 12.5e-6), 20)});
    EXPECT_EQ(text,
              "# measured by plumbline 0.1.0, printed as nccl-tests prints: backend nccl\n"
              "# Collective test starting: all_reduce_perf\n"
              "# nThread 1 nGpus 1 minBytes 8 maxBytes 1073741824 step: 0(list) warmup iters: 3 iters: 20 "
              "agg iters: 1 validation: 1 graph: 0\n"
              "# timing: chained, 20 operations are enqueued and waited for once, as nccl-tests does with -n 20\n"
              "# time: median over the samples of the slowest rank's (nccl-tests prints a mean)\n"
              "#\n"
              "# Using devices\n"
              "#  Rank  0 Group  0 Pid      0 on         h0 device  0\n"
              "#  Rank  1 Group  0 Pid      0 on         h0 device  1\n"
              "#  Rank  2 Group  0 Pid      0 on         h0 device  2\n"
              "#  Rank  3 Group  0 Pid      0 on         h0 device  3\n"
              "#  Rank  4 Group  0 Pid      0 on         h1 device  0\n"
              "#  Rank  5 Group  0 Pid      0 on         h1 device  1\n"
              "#  Rank  6 Group  0 Pid      0 on         h1 device  2\n"
              "#  Rank  7 Group  0 Pid      0 on         h1 device  3\n"
              "#\n"
              "#                                                              out-of-place                       "
              "in-place\n"
              "#       size         count      type   redop    root     time   algbw   busbw  #wrong     time   "
              "algbw   busbw  #wrong\n"
              "#        (B)    (elements)                               (us)  (GB/s)  (GB/s)             (us)  "
              "(GB/s)  (GB/s)\n"
              "           8             2     float     sum      -1    12.50    0.00    0.00       0      N/A     "
              "N/A     N/A     N/A\n"
              "  1073741824     268435456     float     sum      -1  4000.00  268.44  469.76       0  5000.00  "
              "214.75  375.81       0\n"
              "# Out of bounds values : 0 OK\n"
              "# Avg bus bandwidth    : 281.858\n"
              "# The line above is the mean over all sizes and both columns: it falls with each small size in the "
              "list.\n"
              "# Judge rows, never this line.\n"
              "#\n"
              "# Collective test concluded: all_reduce_perf\n"
              "#\n");
}

TEST(NcclTable, drained_and_chained_native_and_grouped_cases_never_share_one)
{
    CaseSummary native = row("alltoall", 8192, 1e-3);
    native.header.what.parameters["calls"] = "native";
    const std::string text =
        printed({row("alltoall", 8192, 1e-3), chained(row("alltoall", 8192, 1e-3), 5), std::move(native)});
    std::size_t tables = 0;
    for (std::size_t at = text.find("alltoall_perf\n"); at != std::string::npos;
         at = text.find("alltoall_perf\n", at + 1)) {
        ++tables;
    }
    EXPECT_EQ(tables, 3U * 2) << "begin and end";
    EXPECT_THAT(text, AllOf(HasSubstr("# timing: drained"), HasSubstr("-n 5\n"), HasSubstr("# calls: native\n")));
    EXPECT_THAT(text, HasSubstr("        8192           256     float    none      -1  1000.00"));
}

TEST(NcclTable, names_what_it_cannot_hold_and_counts_wrong_data)
{
    CaseSummary wrong = row("allreduce", 4096, 1e-3);
    wrong.header.status = CaseStatus::failed;
    wrong.header.why = "wrong data on rank 3, element 7";
    wrong.median_s.reset();
    CaseSummary unchecked = row("allreduce", 8192, 1e-3);
    unchecked.header.verification = Verification::off;
    const std::string text = printed({std::move(wrong), std::move(unchecked), row("pingpong", 8, 1e-6)});
    EXPECT_THAT(text, HasSubstr("# Out of bounds values : 1 FAILED\n"));
    EXPECT_THAT(text, HasSubstr("1000.00    0.01    0.01     N/A      N/A"));
    EXPECT_THAT(text, HasSubstr("# left out: allreduce, 4 KiB, 8 ranks on 2 nodes (failed: wrong data on "
                                "rank 3, element 7)\n"));
    EXPECT_THAT(text, HasSubstr("# left out: ping-pong, 8 B, 8 ranks on 2 nodes (nccl-tests has no such "
                                "operation)\n"));
    EXPECT_THAT(text, Not(HasSubstr("pingpong_perf")));
}

TEST(NcclTable, an_average_says_that_nobody_should_judge_by_it)
{
    EXPECT_THAT(printed({row("allreduce", 8192, 1e-3)}),
                AllOf(HasSubstr("# Avg bus bandwidth    : 0.014336\n"), HasSubstr("Judge rows, never this line")));
    EXPECT_THAT(printed({}), Not(HasSubstr("Avg")));
}

TEST(NcclTable, is_read_back_by_import_with_the_same_numbers)
{
    std::vector<CaseSummary> cases;
    for (const char* const pattern :
         {"allreduce", "reduce_scatter", "allgather", "reduce", "gather", "scatter", "alltoall", "sendrecv"}) {
        for (const double seconds : {1.25e-6, 98.75e-6, 0.0123}) {
            CaseSummary made = row(pattern, 1048576, seconds);
            const auto factor = busbw_factor(parse_collective(pattern).value(), 8);
            made.header.what.bytes = made.header.total_bytes = seconds < 1e-5 ? 1024 : 1048576;
            made.header.bus_factor = factor;
            made.algbw_bytes_per_s = static_cast<double>(made.header.total_bytes) / seconds;
            made.busbw_bytes_per_s = *made.algbw_bytes_per_s * factor.value();
            made.header.what.dtype = seconds < 1e-2 ? DataType::bfloat16 : DataType::float64;
            cases.push_back(std::move(made));
        }
    }
    const ImportedLog read = import_log(LogFormat::nccl_tests, printed(cases), {});
    EXPECT_TRUE(read.info.warnings.empty()) << read.info.warnings.front();
    ASSERT_EQ(read.cases.size(), cases.size());
    for (std::size_t i = 0; i < cases.size(); ++i) {
        const CaseHeader& own = cases[i].header;
        const CaseHeader& its = *std::ranges::find_if(read.cases, [&](const CaseHeader& one) {
            return one.what.pattern == own.what.pattern && one.what.bytes == own.what.bytes &&
                   one.what.dtype == own.what.dtype;
        });
        EXPECT_EQ(its.what, own.what) << own.what.pattern;
        EXPECT_EQ(its.status, CaseStatus::measured) << its.why;
        EXPECT_EQ(its.verification, Verification::verified);
        EXPECT_EQ(its.bus_factor, own.bus_factor);
        ASSERT_TRUE(its.reported);
        EXPECT_NEAR(its.reported->time_s, *cases[i].median_s, 0.0051e-6 + 0.00005 * *cases[i].median_s);
        EXPECT_EQ(its.reported->iterations, 1);
    }
}

}  // namespace
}  // namespace plumbline
