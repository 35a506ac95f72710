// SPDX-License-Identifier: Apache-2.0
#include "harness/host/container_limits.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

namespace plumbline {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ContainerLimitsTest : public ::testing::Test {
protected:
    void SetUp() override
    {
        std::string name = (fs::temp_directory_path() / "plumbline_limits_XXXXXX").string();
        ASSERT_NE(mkdtemp(name.data()), nullptr);
        root_ = name;
    }
    void TearDown() override { fs::remove_all(root_); }
    void write(const std::string& path, const std::string& text) const
    {
        fs::create_directories((root_ / path).parent_path());
        std::ofstream(root_ / path) << text;
    }
    fs::path root_;
};

TEST_F(ContainerLimitsTest, of_version_2_are_the_tightest_on_the_way_up)
{
    write("proc/self/cgroup", "0::/job/step\n");
    write("sys/fs/cgroup/job/cpu.max", "150000 100000\n");
    write("sys/fs/cgroup/job/memory.max", "1073741824\n");
    write("sys/fs/cgroup/job/step/cpu.max", "max 100000\n");
    write("sys/fs/cgroup/job/step/memory.max", "max\n");
    EXPECT_DOUBLE_EQ(container_limits(root_).processors, 1.5);
    EXPECT_EQ(container_limits(root_).memory_bytes, 1073741824U);
}

TEST_F(ContainerLimitsTest, of_version_1_lie_in_a_folder_for_each_controller)
{
    write("proc/self/cgroup", "4:memory:/docker/1\n3:cpu,cpuacct:/docker/1\n");
    write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "50000\n");  // the container's own group is the mount
    write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
    write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    EXPECT_DOUBLE_EQ(container_limits(root_).processors, 0.5);
    EXPECT_EQ(container_limits(root_).memory_bytes, 0U);
}

TEST_F(ContainerLimitsTest, are_none_where_nothing_says_so)
{
    EXPECT_EQ(container_limits(root_).processors, 0);
    EXPECT_EQ(container_limits(root_).memory_bytes, 0U);
}

TEST(ReportLimits, warns_where_a_limit_disturbs_what_is_measured)
{
    constexpr std::uint64_t mib = std::uint64_t{1} << 20U;
    std::vector<RankLocation> places(3);
    places[2].node = 1;
    const std::vector<std::string> hosts{"a", "b"};
    const ContainerLimits none;
    const ContainerLimits tight{.processors = 1.5, .memory_bytes = mib, .shm_bytes = 16 * mib};
    const LimitsReport report = report_limits(std::vector{tight, tight, tight}, places, hosts);
    EXPECT_THAT(report.warnings, ElementsAre(HasSubstr("2 ranks on a may use 1.5 processors together"),
                                             HasSubstr("/dev/shm of a has 16 MiB")))
        << "b has one rank, for which it is enough";
    EXPECT_THAT(report.facts, ElementsAre(std::pair{"processor quota", "1.5 processors (control group)"},
                                          std::pair{"memory limit", "1 MiB (control group)"},
                                          std::pair{"shared memory", "16 MiB (/dev/shm)"}));
    EXPECT_THAT(report_limits(std::vector{none, none, none}, places, hosts).warnings, IsEmpty());
    const ContainerLimits of_memory{.memory_bytes = 100 * mib};
    EXPECT_THAT(report_limits(std::vector{of_memory, of_memory, of_memory}, places, hosts, 60 * mib).warnings,
                ElementsAre(HasSubstr("2 ranks on a may take up to 120 MiB of memory, and have 100 MiB together")))
        << "the one of b has enough";
    EXPECT_THAT(report_limits(std::vector{none, none, none}, places, hosts).facts, IsEmpty());
}

}  // namespace
}  // namespace plumbline
