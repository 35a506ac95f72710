// SPDX-License-Identifier: Apache-2.0
#include "collectives/util/sentence.hpp"

#include <gtest/gtest.h>

namespace plumbline {
namespace {

TEST(Sentence, IsItsTextWithTheValuesInTheirPlacesAndItsKeyHasNoFormats)
{
    const Sentence missed = say("missed by {:.1f} % of {}", 12.54, "10 GB/s");
    EXPECT_EQ(missed.english(), "missed by 12.5 % of 10 GB/s");
    EXPECT_EQ(missed.text(), "missed by {} % of {}");
    EXPECT_TRUE(missed.is_key());
    EXPECT_EQ(say("{}; {}", missed, ranks_said(1)).english(), "missed by 12.5 % of 10 GB/s; 1 rank");
}

TEST(Sentence, OfSomebodyElseIsNoKeyAndItsBracesAreNoPlaces)
{
    const Sentence literal = std::string("{} of {0}");
    EXPECT_FALSE(literal.is_key());
    EXPECT_EQ(literal.english(), "{} of {0}");
    EXPECT_EQ(say("named {}", literal).english(), "named {} of {0}");
}

TEST(Sentence, PlacesMayBeNumberedAndOneWithoutAValueStays)
{
    EXPECT_EQ(fill_places("{1} and {0}", {"a", "b"}), "b and a");
    EXPECT_EQ(fill_places("{} and {}", {"a"}), "a and {}");
    EXPECT_EQ(fill_places("{7} {x} {", {"a"}), "{7} a {");
    EXPECT_EQ(fill_places("", {"a"}), "");
}

TEST(Sentence, AListAndACountSayOneAndMany)
{
    EXPECT_EQ(list_of({}).english(), "");
    EXPECT_EQ(list_of({"a"}).english(), "a");
    EXPECT_EQ(list_of({"a", "b", "c"}).english(), "a, b, c");
    EXPECT_EQ(ranks_said(-3).english(), "0 ranks");
    EXPECT_EQ(nodes_said(2).english(), "2 nodes");
}

}  // namespace
}  // namespace plumbline
