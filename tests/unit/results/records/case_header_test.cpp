// SPDX-License-Identifier: Apache-2.0
#include "results/records/case_header.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace plumbline {
namespace {

TEST(CaseHeader, every_enumerator_parses_from_its_own_name)
{
    for (const auto value : {CaseStatus::measured, CaseStatus::skipped, CaseStatus::failed}) {
        EXPECT_EQ(parse_case_status(name(value)), value);
    }
    for (const auto value : {Verification::verified, Verification::not_verifiable, Verification::off}) {
        EXPECT_EQ(parse_verification(name(value)), value);
    }
    EXPECT_EQ(parse_case_status(""), std::nullopt);
}

}  // namespace
}  // namespace plumbline
