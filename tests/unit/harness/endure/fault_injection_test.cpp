// SPDX-License-Identifier: Apache-2.0
#include "harness/endure/fault_injection.hpp"

#include "harness/endure/checkpoint.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

namespace plumbline::endure {
namespace {

using testing::ElementsAre;

/// Rank 1 has written a checkpoint more than rank 0, which is still at it.
class FaultsInCheckpoints : public testing::Test {
protected:
    FaultsInCheckpoints()
    {
        std::string name = (std::filesystem::temp_directory_path() / "plumbline-injection-XXXXXX").string();
        folder_ = mkdtemp(name.data());
        write(0, {10, 20});
        write(1, {10, 20, 30});
    }
    ~FaultsInCheckpoints() override { std::filesystem::remove_all(folder_); }
    FaultsInCheckpoints(const FaultsInCheckpoints&) = delete;
    FaultsInCheckpoints& operator=(const FaultsInCheckpoints&) = delete;

    CheckpointFolder of_rank(int rank) const
    {
        return {folder_, rank, {.soak = "abc", .ranks = 2, .bytes = 5000}, [] {}};
    }
    void write(int rank, const std::vector<std::uint64_t>& steps) const
    {
        of_rank(rank).make();
        TrainingState state{.rank = rank};
        for (const std::uint64_t step : steps) {
            while (state.steps < step) {
                state.advance();
            }
            of_rank(rank).write(state);
        }
    }
    template <class Meanwhile>
    void inject(SoakFaultKind kind, int rank, Meanwhile meanwhile)
    {
        LineConnection nobody;
        DueFault fault{};
        fault.kind = kind;
        fault.rank = rank;
        FaultInjection injection;
        injection.inject(fault, {.links = {{.rank = 0, .node = 0, .connection = &nobody},
                                           {.rank = 1, .node = 0, .connection = &nobody}},
                                 .checkpoint_folder = folder_});
        meanwhile();
        injection.job_is_gone();
    }
    void inject(SoakFaultKind kind, int rank)
    {
        inject(kind, rank, [] {});
    }
    bool loads(int rank, std::uint64_t step) const
    {
        return std::holds_alternative<CheckpointFolder::Loaded>(of_rank(rank).load(step));
    }

    std::filesystem::path folder_;
};

TEST_F(FaultsInCheckpoints, WhatIsMissingIsTheOneThatAllRanksHave)
{
    inject(SoakFaultKind::missing, 1);
    EXPECT_THAT(of_rank(1).steps(), ElementsAre(10, 30));
    EXPECT_THAT(of_rank(0).steps(), ElementsAre(10, 20));
}

TEST_F(FaultsInCheckpoints, WhatIsCorruptIsTheOneThatAllRanksHave)
{
    inject(SoakFaultKind::corrupt, 1);
    EXPECT_FALSE(loads(1, 20));
    EXPECT_TRUE(loads(1, 10));
    EXPECT_TRUE(loads(1, 30));
    EXPECT_TRUE(loads(0, 20));
}

TEST_F(FaultsInCheckpoints, WhatAllRanksStillWroteBeforeTheyDiedIsTheOneThatIsDamaged)
{
    inject(SoakFaultKind::missing, 1, [&] { write(0, {30}); });
    EXPECT_THAT(of_rank(1).steps(), ElementsAre(10, 20));
    inject(SoakFaultKind::corrupt, 0, [&] {
        write(0, {40});
        write(1, {40});
    });
    EXPECT_FALSE(loads(0, 40));
    EXPECT_TRUE(loads(1, 40));
}

}  // namespace
}  // namespace plumbline::endure
