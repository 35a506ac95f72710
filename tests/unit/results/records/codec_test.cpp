// SPDX-License-Identifier: Apache-2.0
#include "results/records/codec.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <limits>
#include <string>
#include <utility>

namespace plumbline {
namespace {

using nlohmann::json;

CaseHeader whole_header()
{
    CaseHeader header;
    header.id = 12;
    header.what.pattern = "alltoallv";
    header.what.bytes = (std::uint64_t{1} << 40) + 1;
    header.what.dtype = DataType::float64;
    header.what.op = ReduceOp::max;
    header.what.in_place = true;
    header.what.root = 3;
    header.what.ranks = 64;
    header.what.nodes = 8;
    header.what.placement = Placement::random;
    header.what.subset = 2;
    header.what.parameters = {{"skew", "zipf"}, {"skew_factor", "1.2"}};
    header.status = CaseStatus::failed;
    header.why = "rank 1, element 7: expected 3, got 4";
    header.total_bytes = 99;
    header.bus_factor = 0.875;
    header.closed_forms = {{"bubble_fraction", 0.25}};
    header.verification = Verification::not_verifiable;
    header.verification_note = "too large";
    header.wrong_elements = 1040;
    header.pairs_across_nodes = 0.5;
    header.reported = ImportedValue{.time_s = 0.5, .estimator = "mean", .iterations = 20, .slowest_rank_s = 0.75};
    return header;
}

TEST(Codec, a_header_comes_back_whole_but_for_its_world_ranks)
{
    CaseHeader header = whole_header();
    EXPECT_EQ(header_from(header_json(header)), header);
    header.world_ranks = {1, 2};
    EXPECT_TRUE(header_from(header_json(header)).world_ranks.empty());
    EXPECT_EQ(header_from(header_json(CaseHeader{})), CaseHeader{});
}

TEST(Codec, a_header_from_before_closed_forms_and_places_of_pairs_is_read_without_any)
{
    json object = header_json(whole_header());
    object.erase("closed_forms");
    EXPECT_TRUE(header_from(object).closed_forms.empty());
    object.erase("pairs_across_nodes");
    EXPECT_EQ(header_from(object).pairs_across_nodes, std::nullopt);
}

TEST(Codec, a_header_from_before_wrong_elements_were_counted_says_that_they_were_not)
{
    json object = header_json(whole_header());
    object.erase("wrong_elements");
    EXPECT_FALSE(header_from(object).wrong_elements);
}

TEST(Codec, what_can_not_be_in_a_header_is_named)
{
    const std::pair<const char*, json> impossible[] = {{"id", -1},
                                                       {"ranks", std::uint64_t{1} << 31},
                                                       {"root", 1.5},
                                                       {"bytes", -8},
                                                       {"total_bytes", "many"},
                                                       {"dtype", "float13"},
                                                       {"op", "median"},
                                                       {"placement", "everywhere"},
                                                       {"status", "green"},
                                                       {"verification", "some"},
                                                       {"pairs_across_nodes", 1.5}};
    for (const auto& [key, value] : impossible) {
        json object = header_json(whole_header());
        object[key] = value;
        try {
            header_from(object);
            ADD_FAILURE() << key << " was read";
        } catch (const DecodeError& error) {
            EXPECT_THAT(error.what(),
                        testing::AnyOf(testing::HasSubstr(std::string("'") + key + "'"),
                                       testing::HasSubstr(value.is_string() ? value.get<std::string>() : "?")));
        }
    }
    json object = header_json(whole_header());
    object.erase("pattern");
    EXPECT_THROW(header_from(object), json::exception);
}

TEST(Codec, a_number_that_is_absent_or_not_finite_is_null)
{
    EXPECT_TRUE(value_json(std::optional<double>()).is_null());
    EXPECT_TRUE(value_json(std::optional(std::numeric_limits<double>::infinity())).is_null());
    EXPECT_EQ(value_json(std::optional(0.5)), 0.5);
    EXPECT_EQ(value_json(true), true);
    EXPECT_EQ(value_json(std::string("x")), "x");
}

}  // namespace
}  // namespace plumbline
