// SPDX-License-Identifier: Apache-2.0
#include "results/records/round.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace plumbline {
namespace {

TEST(StopReason, every_enumerator_parses_from_its_own_name)
{
    for (const auto value : {StopReason::converged, StopReason::budget, StopReason::cap}) {
        EXPECT_EQ(parse_stop_reason(name(value)), value);
    }
    EXPECT_EQ(name(StopReason::converged), "converged");
    EXPECT_EQ(parse_stop_reason("Cap"), std::nullopt);
}

}  // namespace
}  // namespace plumbline
