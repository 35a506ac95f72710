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

TEST(IdentityParameters, pairs_across_nodes_follow_from_layout_and_nodes)
{
    CaseIdentity what = with("pairs", "adjacent");
    what.pattern = "pingpong";
    const int two_nodes[] = {0, 0, 1, 1};
    EXPECT_EQ(share_of_pairs_across(what, two_nodes), 0.0);
    what.parameters["pairs"] = "halves";
    EXPECT_EQ(share_of_pairs_across(what, two_nodes), 1.0);
    const int uneven[] = {0, 0, 0, 1, 1};  // 0-2 stays, 1-3 crosses, the last one sits out
    EXPECT_EQ(share_of_pairs_across(what, uneven), 0.5);
    EXPECT_EQ(share_of_pairs_across(what, std::span(uneven).first(1)), std::nullopt) << "no pair";
    what.pattern = "allreduce";
    EXPECT_EQ(share_of_pairs_across(what, two_nodes), std::nullopt);
}

}  // namespace
}  // namespace plumbline
