// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/host/host_memory.hpp"

#include "collectives/util/error.hpp"
#include "tests/support/self_communicator.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <new>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>

namespace plumbline {
namespace {

/// A made-up /proc and /sys, one for each rank.
class HostMemory : public testing::Test {
protected:
    HostMemory() : root_(std::filesystem::temp_directory_path() / fmt::format("plumbline-memory-{}", getpid())) {}
    ~HostMemory() override
    {
        std::error_code ignored;
        std::filesystem::remove_all(root_, ignored);
    }

    void write(const std::filesystem::path& path, const std::string& text) const
    {
        std::filesystem::create_directories((root_ / path).parent_path());
        std::ofstream(root_ / path) << text;
    }

    std::filesystem::path root_;
};

TEST_F(HostMemory, is_what_the_kernel_calls_available)
{
    write("proc/meminfo", "MemTotal:  100 kB\nMemFree:  10 kB\nMemAvailable:   64 kB\n");
    EXPECT_EQ(available_host_bytes(root_), 65536U);
}

TEST_F(HostMemory, is_unlimited_where_nothing_is_known)
{
    EXPECT_EQ(available_host_bytes(root_), std::numeric_limits<std::uint64_t>::max());
}

TEST_F(HostMemory, is_bounded_by_the_control_group)
{
    write("proc/meminfo", "MemAvailable:   1000 kB\n");
    write("proc/self/cgroup", "9:name=systemd:/elsewhere\n0::/job/step\n");
    write("sys/fs/cgroup/job/step/memory.max", "max\n");
    write("sys/fs/cgroup/job/step/memory.current", "7000\n");
    EXPECT_EQ(available_host_bytes(root_), 1024000U) << "no limit there";

    write("sys/fs/cgroup/job/step/memory.max", "10000\n");
    EXPECT_EQ(available_host_bytes(root_), 3000U);

    write("sys/fs/cgroup/job/step/memory.stat", "anon 100\nactive_file 900\ninactive_file 500\n");
    EXPECT_EQ(available_host_bytes(root_), 3500U) << "cached files can be dropped";

    write("sys/fs/cgroup/job/memory.max", "8000\n");
    write("sys/fs/cgroup/job/memory.current", "7900\n");
    EXPECT_EQ(available_host_bytes(root_), 100U) << "the group above has less left";

    write("sys/fs/cgroup/job/memory.current", "9000\n");
    EXPECT_EQ(available_host_bytes(root_), 0U) << "over its limit";
}

TEST(HostBuffer, lies_on_a_page_and_gives_back_what_was_written)
{
    HostBuffer buffer(10'000);
    EXPECT_EQ(buffer.size_bytes(), 10'000U);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer.data()) % 4096, 0U);

    buffer.fill(std::byte{0xee});
    const std::array written{std::byte{1}, std::byte{2}, std::byte{3}};
    buffer.upload(9'997, written);
    std::array<std::byte, 4> read{};
    buffer.download(9'996, read);
    EXPECT_EQ(read, (std::array{std::byte{0xee}, std::byte{1}, std::byte{2}, std::byte{3}}));
}

TEST(HostBuffer, may_be_empty)
{
    HostBuffer buffer(0);
    EXPECT_EQ(buffer.size_bytes(), 0U);
    buffer.fill(std::byte{1});
    buffer.upload(0, {});
    buffer.download(0, {});
}

TEST(HostBuffer, refuses_access_outside)
{
    HostBuffer buffer(8);
    std::array<std::byte, 4> four{};
    EXPECT_THROW(buffer.upload(5, four), std::out_of_range);
    EXPECT_THROW(buffer.download(9, {}), std::out_of_range);
    EXPECT_THROW(buffer.download(std::numeric_limits<std::uint64_t>::max() - 1, four), std::out_of_range);
}

TEST(HostBuffer, of_more_than_the_host_has_is_bad_alloc)
{
    EXPECT_THROW(HostBuffer{std::uint64_t{1} << 60}, std::bad_alloc);
    EXPECT_THROW(HostBuffer{std::numeric_limits<std::uint64_t>::max()}, std::bad_alloc);
}

TEST(HostPlacement, DrawnBuffersBeginWithALineAndAreNotAlwaysThatOfAPage)
{
    std::set<std::uintptr_t> places;
    for (int i = 0; i < 100; ++i) {
        const HostBuffer buffer(10'000, {.drawn = true, .huge_pages = HugePages::off});
        const auto address = reinterpret_cast<std::uintptr_t>(buffer.data());
        EXPECT_EQ(address % 64, 0U);
        places.insert(address % 4096);
        EXPECT_EQ(buffer.data()[0], std::byte{0});
        EXPECT_EQ(buffer.data()[9'999], std::byte{0});
    }
    EXPECT_GT(places.size(), 10U);
}

TEST(HostPlacement, BuffersOfHugePagesBeginWithOne)
{
    HostBuffer buffer(3 << 20U, {.drawn = false, .huge_pages = HugePages::on});
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer.data()) % (2 << 20U), 0U);
    buffer.fill(std::byte{7});
    std::array<std::byte, 1> last{};
    buffer.download((3 << 20U) - 1, last);
    EXPECT_EQ(last[0], std::byte{7});
    EXPECT_EQ(HostBuffer(0, {.drawn = true, .huge_pages = HugePages::on}).data(), nullptr);
}

TEST_F(HostMemory, huge_pages_that_the_kernel_does_not_give_are_refused)
{
    test::SelfCommunicator alone;
    const BackendSetup setup{.world = alone, .host = alone, .host_name = "node7", .library = ""};
    const HostPlacement asked{.drawn = false, .huge_pages = HugePages::on};
    const auto refused = [&](const HostPlacement& placement) -> std::string {
        try {
            require_huge_pages(placement, setup, root_);
        } catch (const ConfigError& error) {
            return error.what();
        }
        return "";
    };
    const std::filesystem::path enabled = "sys/kernel/mm/transparent_hugepage/enabled";
    EXPECT_NE(refused(asked).find("the kernel of node7 doesn't give (transparent_hugepage/enabled: missing)"),
              std::string::npos);
    write(enabled, "always madvise [never]\n");
    EXPECT_NE(refused(asked).find("enabled: never)"), std::string::npos);
    EXPECT_EQ(refused({.drawn = true, .huge_pages = HugePages::off}), "");
    write(enabled, "always [madvise] never\n");
    EXPECT_EQ(refused(asked), "");
}

TEST(HostPlacement, OptionsAreTakenAndWrongOnesNameWhatTheyMayBe)
{
    HostPlacement placement;
    EXPECT_TRUE(take_placement(placement, "buffers", "drawn"));
    EXPECT_TRUE(take_placement(placement, "huge_pages", "off"));
    EXPECT_FALSE(take_placement(placement, "memory", "host"));
    EXPECT_EQ(placement, (HostPlacement{.drawn = true, .huge_pages = HugePages::off}));
    EXPECT_EQ(facts_of(placement), (Facts{{"buffers", "mapped anew, at drawn offsets"}, {"huge pages", "off"}}));
    EXPECT_TRUE(facts_of({}).empty());
    for (const auto& [key, value] : {std::pair{"buffers", "new"}, std::pair{"huge_pages", "yes"}}) {
        EXPECT_THROW(take_placement(placement, key, value), ConfigError) << key;
    }
}

}  // namespace
}  // namespace plumbline
