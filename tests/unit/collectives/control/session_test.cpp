// SPDX-License-Identifier: Apache-2.0
#include "collectives/control/session.hpp"

#include "tests/support/communicator_claims.hpp"
#include "tests/support/tcp_ranks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <memory>
#include <tuple>
#include <vector>

namespace plumbline {
namespace {

class TcpCommunicator : public testing::TestWithParam<std::tuple<int, test::CommunicatorClaim>> {};

TEST_P(TcpCommunicator, holds)
{
    const auto& [size, claim] = GetParam();
    test::expect_ranks_run({.size = size, .adjust = {}},
                           [&](control::Session& session) { claim.check(session.world()); });
}

// 20: two levels in the launch's tree (of degree 16), three in others (of degree 4).
INSTANTIATE_TEST_SUITE_P(Claim, TcpCommunicator,
                         testing::Combine(testing::Values(1, 2, 3, 20), testing::ValuesIn(test::communicator_claims())),
                         [](const auto& which) {
                             return "of_" + std::to_string(std::get<0>(which.param)) + "_" +
                                    std::get<1>(which.param).name;
                         });

}  // namespace
}  // namespace plumbline
