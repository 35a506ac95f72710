#include "results/history/run_index.hpp"

#include "collectives/error.hpp"
#include "results/store.hpp"
#include "tests/support/measured_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string>
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

    void measure(const std::string& file, double started, double seconds) const
    {
        RunInfo info;
        info.name = file;
        info.started_unix_s = started;
        info.hosts = {"h1", "h0"};
        info.planned_cases = 1;
        const auto writer = RunWriter::create(folder_ / file, info, IfExists::overwrite);
        CaseHeader header;
        header.what = collective_case("allreduce", 1024, 2);
        header.world_ranks = {0, 1};
        writer->store(header, round_of(spread_times(seconds, 0.01), 2));
        writer->finish(true);
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

TEST_F(RunIndexTest, ADamagedCacheIsMadeAnew)
{
    measure("a.h5", 100, 1e-3);
    index_runs(folder_);
    std::ofstream(folder_ / ".plumbline-history.sqlite", std::ios::trunc) << std::string(5000, 'x');
    const RunIndex index = index_runs(folder_);
    EXPECT_EQ(index.read_now, 1U);
    EXPECT_EQ(index.runs.size(), 1U);
    EXPECT_TRUE(index.warnings.empty());
    EXPECT_EQ(index_runs(folder_).read_now, 0U);
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
