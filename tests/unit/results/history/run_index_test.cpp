// SPDX-License-Identifier: Apache-2.0
#include "results/history/run_index.hpp"

#include "collectives/util/error.hpp"
#include "results/store/store.hpp"
#include "tests/support/measured_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace plumbline {
namespace {

using test::collective_case;
using test::round_of;
using test::spread_times;
using ::testing::HasSubstr;

class RunIndexTest : public ::testing::Test {
protected:
    void SetUp() override
    {
        std::string name = (std::filesystem::temp_directory_path() / "plumbline-index-XXXXXX").string();
        ASSERT_NE(mkdtemp(name.data()), nullptr);
        folder_ = name;
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    /// `more`: headers of cases beside the measured one, the last `unplanned` of which the plan has not.
    void measure(const std::string& file, double started, double seconds, const std::vector<CaseHeader>& more = {},
                 bool complete = true, std::size_t unplanned = 0) const
    {
        RunMetadata info;
        info.name = file;
        info.ranks = 2;
        info.started_unix_s = started;
        info.hosts = {"h1", "h0"};
        info.planned_cases = 1 + static_cast<int>(more.size() - unplanned);
        info.synchronisation = "auto: window where ranks come in time for one";
        const auto writer = RunWriter::create(folder_ / file, info, IfExists::overwrite);
        CaseHeader header;
        header.what = collective_case("allreduce", 1024, 2);
        header.world_ranks = {0, 1};
        writer->store(header, round_of(spread_times(seconds, 0.01), 2));
        for (CaseHeader other : more) {
            other.id = ++header.id;
            other.world_ranks = {0, 1};
            const bool measured = other.status == CaseStatus::measured;
            writer->store(other, measured ? round_of(spread_times(seconds, 0.01), 2) : Round{});
        }
        writer->finish(complete);
    }

    std::filesystem::path folder_;
};

TEST_F(RunIndexTest, ReadsEachFileOnceAndInOrderOfTime)
{
    measure("b.h5", 100, 1e-3);
    measure("a.h5", 200, 2e-3);
    const RunIndex first = index_runs(folder_);
    EXPECT_EQ(first.read_now, 2U);
    ASSERT_EQ(first.runs.size(), 2U);
    EXPECT_EQ(first.runs[0].file, "b.h5");
    EXPECT_EQ(first.runs[0].where, "h0, h1");
    ASSERT_EQ(first.runs[1].cases.size(), 1U);
    EXPECT_DOUBLE_EQ(first.runs[1].cases[0].median_s, 2e-3);
    EXPECT_TRUE(first.runs[1].cases[0].low_s);
    const RunIndex again = index_runs(folder_);
    EXPECT_EQ(again.read_now, 0U);
    EXPECT_EQ(again.runs.size(), 2U);
    EXPECT_DOUBLE_EQ(again.runs[0].cases[0].median_s, 1e-3);
}

TEST_F(RunIndexTest, FollowsFilesThatComeChangeAndGo)
{
    measure("a.h5", 100, 1e-3);
    measure("b.h5", 200, 1e-3);
    index_runs(folder_);
    std::filesystem::remove(folder_ / "a.h5");
    measure("b.h5", 200, 3e-3);
    std::filesystem::last_write_time(folder_ / "b.h5",
                                     std::filesystem::file_time_type::clock::now() + std::chrono::hours(1));
    measure("c.h5", 300, 1e-3);
    const RunIndex now = index_runs(folder_);
    EXPECT_EQ(now.read_now, 2U);
    ASSERT_EQ(now.runs.size(), 2U);
    EXPECT_DOUBLE_EQ(now.runs[0].cases[0].median_s, 3e-3);
}

TEST_F(RunIndexTest, FilesThatAreNoRunsAreWarningsEachTime)
{
    measure("a.h5", 100, 1e-3);
    std::ofstream(folder_ / "x.h5") << "no";
    for (int i = 0; i < 2; ++i) {
        const RunIndex index = index_runs(folder_);
        EXPECT_EQ(index.runs.size(), 1U);
        ASSERT_EQ(index.warnings.size(), 1U);
        EXPECT_THAT(index.warnings[0], HasSubstr("x.h5"));
    }
}

TEST_F(RunIndexTest, ACacheThatIsAnythingElseIsMadeAnewAndThatIsSaid)
{
    measure("a.h5", 100, 1e-3);
    measure("b.h5", 200, 2e-3);
    index_runs(folder_);
    const auto cache = folder_ / ".plumbline-history.sqlite";
    std::ifstream in(cache, std::ios::binary);
    const std::string good{std::istreambuf_iterator<char>(in), {}};
    const auto put = [&](const std::string& bytes) {
        std::ofstream(cache, std::ios::binary | std::ios::trunc) << bytes;
    };
    const auto expect_rebuilt = [&](const std::string& what) {
        const RunIndex index = index_runs(folder_);
        EXPECT_EQ(index.read_now, 2U) << what;
        ASSERT_EQ(index.runs.size(), 2U) << what;
        EXPECT_DOUBLE_EQ(index.runs[1].cases.at(0).median_s, 2e-3) << what;
        EXPECT_TRUE(index.warnings.empty()) << what;
        ASSERT_EQ(index.notices.size(), 1U) << what;
        EXPECT_THAT(index.notices[0], HasSubstr(".plumbline-history.sqlite' is rebuilt (")) << what;
        EXPECT_EQ(index_runs(folder_).read_now, 0U) << what;
    };
    put(std::string(5000, 'x'));
    expect_rebuilt("no database");
    put("");
    expect_rebuilt("emptied");
    put(good.substr(0, good.size() / 2));
    expect_rebuilt("cut short");
    std::string older = good;
    older[63] = 1;  // user_version is 4 bytes, big-endian, from byte 60 on (sqlite.org/fileformat2.html)
    put(older);
    expect_rebuilt("older version");
}

TEST_F(RunIndexTest, NoPageOfTheCacheIsBelievedThatIsNotAsItWasWritten)
{
    measure("a.h5", 100, 1e-3);
    measure("b.h5", 200, 2e-3);
    index_runs(folder_);
    const auto cache = folder_ / ".plumbline-history.sqlite";
    std::ifstream in(cache, std::ios::binary);
    const std::string good{std::istreambuf_iterator<char>(in), {}};
    constexpr std::size_t page = 4096;
    for (std::size_t at = 0; at < good.size(); at += page) {
        std::string bad = good;
        bad.replace(at, page, page, '\0');
        std::ofstream(cache, std::ios::binary | std::ios::trunc) << bad;
        measure("c.h5", 300, 3e-3);  // the index is changed, too
        const RunIndex index = index_runs(folder_);
        ASSERT_EQ(index.runs.size(), 3U) << at;
        for (std::size_t i = 0; i < 3; ++i) {
            EXPECT_DOUBLE_EQ(index.runs[i].cases.at(0).median_s, 1e-3 * static_cast<double>(i + 1)) << at;
        }
        EXPECT_EQ(index.notices.size(), 1U) << at;
        std::filesystem::remove(folder_ / "c.h5");
    }
}

TEST_F(RunIndexTest, KeepsWhatWasNotMeasuredWithItsReason)
{
    CaseHeader failed;
    failed.what = collective_case("allgather", 1024, 2);
    failed.status = CaseStatus::failed;
    failed.why = "wrong data";
    measure("a.h5", 100, 1e-3, {failed}, false);
    for (int i = 0; i < 2; ++i) {
        const RunIndex index = index_runs(folder_);
        ASSERT_EQ(index.runs.size(), 1U);
        EXPECT_FALSE(index.runs[0].complete);
        EXPECT_EQ(index.runs[0].cases.size(), 1U);
        ASSERT_EQ(index.runs[0].gaps.size(), 1U);
        EXPECT_EQ(described(index.runs[0].gaps[0].key), describe(failed.what));
        EXPECT_EQ(index.runs[0].gaps[0].why, "failed: wrong data");
    }
    std::filesystem::remove(folder_ / "a.h5");
    EXPECT_TRUE(index_runs(folder_).runs.empty());
}

TEST_F(RunIndexTest, WhatAFailedTargetMadeTheRunMeasureIsNoSeries)
{
    CaseHeader follow_up;
    follow_up.what = collective_case("allgather", 1024, 2);
    measure("a.h5", 100, 1e-3, {follow_up}, true, 1);
    EXPECT_EQ(index_runs(folder_).runs.at(0).cases.size(), 1U);
}

TEST_F(RunIndexTest, CasesOfUnlikeParametersHaveUnlikeKeys)
{
    CaseHeader small;
    small.what.pattern = "data_parallel";
    small.what.bytes = 1 << 20;
    small.what.ranks = 2;
    small.what.parameters = {{"bucket_bytes", "1024"}};
    CaseHeader large = small;
    large.what.parameters = {{"bucket_bytes", "2048"}};
    measure("a.h5", 100, 1e-3, {small, large});
    const RunIndex index = index_runs(folder_);
    ASSERT_EQ(index.runs.at(0).cases.size(), 3U);
    const auto& cases = index.runs[0].cases;
    EXPECT_EQ(described(cases[1].key), described(cases[2].key));
    EXPECT_NE(cases[1].key, cases[2].key);
    EXPECT_THAT(cases[1].key, HasSubstr("\nstart=auto"));
}

TEST(CaseKey, DiffersWithEverythingThatMakesACaseAnother)
{
    const CaseIdentity usual = collective_case("allreduce", 1024, 4);
    const std::string key = case_key(usual, "barrier");
    EXPECT_EQ(key, case_key(usual, "barrier"));
    EXPECT_NE(key, case_key(usual, "window"));
    const std::vector<void (*)(CaseIdentity&)> changes{[](CaseIdentity& c) { c.pattern = "reduce"; },
                                                       [](CaseIdentity& c) { c.bytes = 1025; },
                                                       [](CaseIdentity& c) { c.dtype = DataType::float64; },
                                                       [](CaseIdentity& c) { c.op = ReduceOp::max; },
                                                       [](CaseIdentity& c) { c.in_place = true; },
                                                       [](CaseIdentity& c) { c.root = 1; },
                                                       [](CaseIdentity& c) { c.ranks = 2; },
                                                       [](CaseIdentity& c) { c.nodes = 2; },
                                                       [](CaseIdentity& c) { c.placement = Placement::spread; },
                                                       [](CaseIdentity& c) { c.subset = 1; },
                                                       [](CaseIdentity& c) { c.parameters["forward_s"] = "0.0005"; }};
    for (std::size_t i = 0; i < changes.size(); ++i) {
        CaseIdentity other = usual;
        changes[i](other);
        EXPECT_NE(key, case_key(other, "barrier")) << i;
        EXPECT_EQ(described(case_key(other, "")), describe(other)) << i;
    }
}

TEST(CaseKey, HasADescriptionOfOneLineWhateverAFileSays)
{
    CaseIdentity what = collective_case("allreduce", 1024, 4);
    what.parameters = {{"x", "1\ny=2"}};
    EXPECT_EQ(described(case_key(what, "")), "allreduce, 1 KiB, x 1 y=2, 4 ranks");
}

TEST(DistinctNames, SayOnlyWhatTellsThemApart)
{
    const std::vector<std::string_view> keys{"a\nranks=2\nsharding=zero1\nstart=auto", "b\nranks=2",
                                             "a\nranks=2\nstart=auto", "a\nranks=2\nsharding=zero1\nstart=window"};
    EXPECT_EQ(distinct_names(keys), (std::vector<std::string>{"a, sharding zero1, start auto", "b", "a, start auto",
                                                              "a, sharding zero1, start window"}));
    EXPECT_TRUE(distinct_names({}).empty());
}

TEST_F(RunIndexTest, TwoWritersWaitForEachOther)
{
    for (int i = 0; i < 8; ++i) {
        measure(fmt::format("{}.h5", i), i, 1e-3);
    }
    index_runs(folder_);  // HDF5 itself is not for threads: they find everything known
    std::array<RunIndex, 4> found;
    std::vector<std::thread> threads;
    for (RunIndex& index : found) {
        threads.emplace_back([&] { index = index_runs(folder_); });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    for (const RunIndex& index : found) {
        EXPECT_EQ(index.runs.size(), 8U);
        EXPECT_TRUE(index.warnings.empty());
    }
}

TEST_F(RunIndexTest, AFolderThatIsNoneIsRefused)
{
    EXPECT_THROW(index_runs(folder_ / "missing"), ConfigError);
}

}  // namespace
}  // namespace plumbline
