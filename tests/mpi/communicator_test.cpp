// SPDX-License-Identifier: Apache-2.0
#include "collectives/api/communicator.hpp"

#include "tests/mpi/launch.hpp"
#include "tests/support/communicator_claims.hpp"

#include <gtest/gtest.h>

namespace plumbline {
namespace {

class MpiCommunicator : public ::testing::TestWithParam<test::CommunicatorClaim> {};

TEST_P(MpiCommunicator, holds)
{
    GetParam().check(session().world());
}

INSTANTIATE_TEST_SUITE_P(Claim, MpiCommunicator, ::testing::ValuesIn(test::communicator_claims()),
                         test::claim_name<::testing::TestParamInfo<test::CommunicatorClaim>>);

}  // namespace
}  // namespace plumbline
