// SPDX-License-Identifier: Apache-2.0
#include "collectives/api/agreement.hpp"

#include "collectives/backends/sim/fiber_group.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace plumbline {
namespace {

/// What all ranks agreed on; they must agree.
std::optional<std::string> agreed(const std::vector<std::optional<Failure>>& failures)
{
    std::mutex mutex;
    std::set<std::optional<std::string>> said;
    run_as_fibers(static_cast<int>(failures.size()), [&](Communicator& comm) {
        const auto why = earliest_error(comm, failures[static_cast<std::size_t>(comm.rank())]);
        const std::lock_guard lock(mutex);
        said.insert(why);
    });
    EXPECT_EQ(said.size(), 1U);
    return *said.begin();
}

TEST(Agreement, the_earliest_failure_is_told_and_the_lowest_rank_of_two_at_once)
{
    EXPECT_EQ(agreed({std::nullopt, std::nullopt, std::nullopt}), std::nullopt);
    EXPECT_EQ(agreed({std::nullopt, Failure{.why = "late", .after_s = 2}, Failure{.why = "early", .after_s = 1}}),
              "early");
    EXPECT_EQ(agreed({std::nullopt, Failure{.why = "lower", .after_s = 1}, Failure{.why = "higher", .after_s = 1}}),
              "lower");
}

TEST(Agreement, a_failure_that_may_only_have_been_noticed_gives_way_to_one_that_was_seen)
{
    constexpr auto elsewhere = FailureOrigin::maybe_elsewhere;
    const Failure cause{.why = "no end", .after_s = 1.001};
    const Failure noticed{.why = "remote error", .after_s = 1.0, .origin = elsewhere};
    const Failure noticed_later{.why = "later remote error", .after_s = 1.5, .origin = elsewhere};
    EXPECT_EQ(agreed({noticed, cause}), "no end");
    EXPECT_EQ(agreed({cause, noticed, noticed_later}), "no end");
    EXPECT_EQ(agreed({noticed_later, noticed, std::nullopt}), "remote error");
}

}  // namespace
}  // namespace plumbline
