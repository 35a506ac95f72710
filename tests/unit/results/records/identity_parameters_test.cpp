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

CaseIdentity with_timing(const Timing& timing)
{
    CaseIdentity what;
    what.pattern = "allreduce";
    what.bytes = 8;
    what.ranks = 2;
    what.nodes = 1;
    set_timing(what, timing);
    return what;
}

TEST(Timing, a_drained_case_is_as_one_of_a_file_from_before)
{
    EXPECT_EQ(with_timing({}).parameters, CaseIdentity{}.parameters);
    EXPECT_EQ(timing_of(with_timing({})), Timing{});
    EXPECT_FALSE(is_chained(with_timing({})));
}

TEST(Timing, a_chain_and_its_length_make_another_case)
{
    const CaseIdentity chained = with_timing({.regime = TimingRegime::chained, .chain = 20});
    EXPECT_EQ(timing_of(chained), (Timing{.regime = TimingRegime::chained, .chain = 20}));
    EXPECT_TRUE(is_chained(chained));
    EXPECT_FALSE(same_but_scale(chained, with_timing({})));
    EXPECT_FALSE(same_but_scale(chained, with_timing({.regime = TimingRegime::chained, .chain = 5})));
    EXPECT_EQ(describe(chained), "allreduce, 8 B, chained by 20, 2 ranks");
}

TEST(Timing, what_a_damaged_file_says_is_taken_for_the_usual)
{
    CaseIdentity what = with_timing({.regime = TimingRegime::chained, .chain = 20});
    what.parameters["chain"] = "many";
    EXPECT_EQ(timing_of(what).chain, usual_chain);
    what.parameters["timing"] = "sideways";
    EXPECT_EQ(timing_of(what), Timing{});
}

TEST(Timing, names_are_read_back)
{
    for (const TimingRegime regime : all_timing_regimes) {
        EXPECT_EQ(parse_timing_regime(name(regime)), regime);
    }
    EXPECT_FALSE(parse_timing_regime("batched"));
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
