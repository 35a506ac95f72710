// SPDX-License-Identifier: Apache-2.0
#include "harness/endure/checkpoint.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <variant>

namespace plumbline::endure {
namespace {

namespace fs = std::filesystem;

class CheckpointTest : public testing::Test {
protected:
    CheckpointTest()
    {
        std::string name = (fs::temp_directory_path() / "plumbline-checkpoint-XXXXXX").string();
        folder_ = mkdtemp(name.data());
        of_rank_3().make();
    }
    ~CheckpointTest() override { fs::remove_all(folder_); }
    CheckpointTest(const CheckpointTest&) = delete;
    CheckpointTest& operator=(const CheckpointTest&) = delete;

    CheckpointFolder of_rank_3(const std::string& soak = "abc", std::uint64_t bytes = 5000) const
    {
        return {folder_, 3, {.soak = soak, .ranks = 8, .bytes = bytes}, [] {}};
    }
    static TrainingState after(std::uint64_t steps)
    {
        TrainingState state{.rank = 3};
        while (state.steps < steps) {
            state.advance();
        }
        return state;
    }
    std::string why_not(std::uint64_t steps) const
    {
        const auto loaded = of_rank_3().load(steps);
        const auto* const why = std::get_if<std::string>(&loaded);
        return why == nullptr ? "" : *why;
    }

    fs::path folder_;
};

TEST_F(CheckpointTest, GivesBackTheVeryState)
{
    of_rank_3().write(after(70));
    const auto loaded = of_rank_3().load(70);
    ASSERT_TRUE(std::holds_alternative<CheckpointFolder::Loaded>(loaded));
    EXPECT_EQ(std::get<CheckpointFolder::Loaded>(loaded).state, after(70));
}

TEST_F(CheckpointTest, AStepThatIsLostOrRepeatedGivesAnotherState)
{
    TrainingState repeated = after(10);
    repeated.steps = 9;
    repeated.advance();
    EXPECT_NE(repeated.digest, after(10).digest);
    TrainingState other_rank{.rank = 4};
    other_rank.advance();
    EXPECT_NE(other_rank.digest, after(1).digest);
}

TEST_F(CheckpointTest, EveryByteIsLookedAt)
{
    of_rank_3().write(after(7));
    const fs::path path = of_rank_3().path_of(7);
    const auto size = fs::file_size(path);
    std::string good(size, '\0');
    std::ifstream(path, std::ios::binary).read(good.data(), static_cast<std::streamsize>(size));
    for (std::size_t at = 0; at < size; at += at < 300 || at > size - 70 ? 1 : 97) {
        std::string bad = good;
        bad[at] = static_cast<char>(bad[at] ^ 1);
        std::ofstream(path, std::ios::binary) << bad;
        EXPECT_NE(why_not(7), "") << at;
    }
    for (const std::size_t cut : {std::size_t{0}, std::size_t{100}, size / 2, size - 1}) {
        std::ofstream(path, std::ios::binary) << good.substr(0, cut);
        EXPECT_NE(why_not(7), "") << cut;
    }
    std::ofstream(path, std::ios::binary) << good;
    EXPECT_EQ(why_not(7), "");
}

TEST_F(CheckpointTest, SaysWhatIsWrong)
{
    EXPECT_EQ(why_not(9), "checkpoint 9 of rank 3 is missing");
    of_rank_3("other").write(after(9));
    EXPECT_EQ(why_not(9), "checkpoint 9 of rank 3 belongs to another soak");
    EXPECT_EQ(of_rank_3().foreign(), "other");
    of_rank_3("abc", 100).write(after(9));
    EXPECT_EQ(why_not(9), "checkpoint 9 of rank 3 has another size");
}

TEST_F(CheckpointTest, KeepsTwoAndWhatIsHalfWrittenIsNoCheckpoint)
{
    for (const std::uint64_t steps : {5U, 6U, 7U}) {
        of_rank_3().write(after(steps));
    }
    std::ofstream(of_rank_3().path_of(8).string() + ".0123456789abcdef.0.tmp") << "half";
    EXPECT_EQ(of_rank_3().steps(), (std::vector<std::uint64_t>{5, 6, 7}));
    of_rank_3().keep({6, 7});
    EXPECT_EQ(of_rank_3().steps(), (std::vector<std::uint64_t>{6, 7}));
    EXPECT_EQ(std::distance(fs::directory_iterator(of_rank_3().folder()), {}), 2);
}

}  // namespace
}  // namespace plumbline::endure
