// SPDX-License-Identifier: Apache-2.0
#include "results/records/identity_parameters.hpp"

#include <gtest/gtest.h>
#include <string>

namespace plumbline {
namespace {

CaseIdentity with(const std::string& key, const std::string& value)
{
    CaseIdentity what;
    what.parameters[key] = value;
    return what;
}

TEST(IdentityParameters, are_read_as_what_they_are)
{
    EXPECT_EQ(text_parameter(with("schedule", "1f1b"), "schedule"), "1f1b");
    EXPECT_EQ(number_parameter<int>(with("peers", "16"), "peers"), 16);
    EXPECT_EQ(number_parameter<double>(with("compute_s", "0.02"), "compute_s"), 0.02);
    EXPECT_EQ(pair_layout(with("pairs", "halves")), PairLayout::halves);
    EXPECT_EQ(message_window(with("window", "64")), 64);
}

TEST(IdentityParameters, are_nothing_or_the_usual_where_they_are_not_there)
{
    EXPECT_EQ(text_parameter({}, "schedule"), std::nullopt);
    EXPECT_EQ(number_parameter<int>({}, "peers"), std::nullopt);
    EXPECT_EQ(pair_layout({}), PairLayout::adjacent);
    EXPECT_EQ(message_window({}), 1);
}

/// A file may say anything.
TEST(IdentityParameters, what_is_no_such_number_is_as_if_it_were_not_there)
{
    for (const std::string value : {"", "many", "1 6", "16x", "99999999999999999999", "1.5"}) {
        EXPECT_EQ(number_parameter<int>(with("window", value), "window"), std::nullopt) << value;
        EXPECT_EQ(message_window(with("window", value)), 1) << value;
    }
    EXPECT_EQ(pair_layout(with("pairs", "circles")), PairLayout::adjacent);
}

}  // namespace
}  // namespace plumbline
