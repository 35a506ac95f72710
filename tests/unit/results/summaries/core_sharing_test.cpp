#include "results/summaries/core_sharing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace plumbline {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

RankLocation at(int rank, int node, std::string cores, std::string device = "")
{
    RankLocation place;
    place.rank = rank;
    place.node = node;
    place.cores = std::move(cores);
    place.device = std::move(device);
    return place;
}

TEST(CoreSharing, core_lists_are_read_and_malformed_ones_are_empty)
{
    EXPECT_THAT(parse_cores("0-3,8"), ElementsAre(0, 1, 2, 3, 8));
    EXPECT_THAT(parse_cores("5"), ElementsAre(5));
    for (const char* const bad : {"", "x", "3-1", "1-", "1;2", "-1", "1,x"}) {
        EXPECT_THAT(parse_cores(bad), IsEmpty()) << bad;
    }
}

TEST(CoreSharing, ranks_share_where_they_are_more_than_their_cores_or_bound_to_one)
{
    struct Row {
        std::string what;
        std::vector<RankLocation> places;
        std::optional<std::string> expected;
    };
    const std::vector<Row> rows{
        {"a core each", {at(0, 0, "0"), at(1, 0, "1")}, std::nullopt},
        {"as many cores as ranks, not bound", {at(0, 0, "0-1"), at(1, 0, "0-1")}, std::nullopt},
        {"the same core on different hosts", {at(0, 0, "1"), at(1, 1, "1")}, std::nullopt},
        {"more ranks than cores", {at(0, 0, "0-1"), at(1, 0, "0-1"), at(2, 0, "0-1")}, "3 ranks share 2 cores"},
        {"more ranks than cores on one host of two",
         {at(0, 0, "0-1"), at(1, 1, "0"), at(2, 1, "0")},
         "2 ranks share 1 core"},
        {"two bound to one core beside free ones",
         {at(0, 0, "0"), at(4, 0, "0"), at(2, 0, "1-3")},
         "ranks 0 and 4 share a core"},
        {"ranks with devices work there", {at(0, 0, "0", "GPU 0"), at(1, 0, "0", "GPU 1")}, std::nullopt},
        {"cores not known", {at(0, 0, ""), at(1, 0, "")}, std::nullopt},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(describe_sharing(row.places), row.expected) << row.what;
    }
}

TEST(CoreSharing, a_case_is_asked_for_its_ranks_only_where_the_launch_shares_and_shares_only_where_they_do)
{
    const std::vector own{at(0, 0, "0"), at(1, 0, "1")};
    const std::vector three{at(0, 0, "0-1"), at(1, 0, "0-1"), at(2, 0, "0-1")};
    bool asked = false;
    const auto of = [&](std::vector<int> ranks) {
        return [&asked, ranks] {
            asked = true;
            return ranks;
        };
    };
    EXPECT_EQ(describe_sharing(own, of({0, 1})), std::nullopt);
    EXPECT_FALSE(asked);
    EXPECT_EQ(describe_sharing(three, of({0, 2})), std::nullopt);
    EXPECT_EQ(describe_sharing(three, of({0, 1, 2})), "3 ranks share 2 cores");
    EXPECT_EQ(describe_sharing(three, of({-1, 7})), std::nullopt) << "ranks that the launch doesn't have";
}

}  // namespace
}  // namespace plumbline
