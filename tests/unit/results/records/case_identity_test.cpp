// SPDX-License-Identifier: Apache-2.0
#include "results/records/case_identity.hpp"

#include "results/records/case_titles.hpp"
#include "tests/support/measured_run.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace plumbline {
namespace {

TEST(Placement, every_enumerator_parses_from_its_own_name)
{
    for (const auto value : {Placement::compact, Placement::spread, Placement::random}) {
        EXPECT_EQ(parse_placement(name(value)), value);
    }
    EXPECT_EQ(parse_placement("Compact"), std::nullopt);
}

TEST(Describe, says_what_matters_of_each_kind_of_case)
{
    CaseIdentity reduced = test::collective_case("allreduce", 65536, 4);
    EXPECT_EQ(describe(reduced), "allreduce, 64 KiB, 4 ranks");
    reduced.in_place = true;
    reduced.op = ReduceOp::max;
    reduced.placement = Placement::spread;
    reduced.nodes = 2;
    reduced.subset = 1;
    EXPECT_EQ(describe(reduced), "allreduce, 64 KiB, max, in place, 4 ranks on 2 nodes, spread placement, subset 1");

    EXPECT_EQ(describe(test::collective_case("alltoall", 65536, 4, 2)), "all-to-all, 64 KiB, 4 ranks on 2 nodes");
    EXPECT_EQ(describe(test::collective_case("barrier", 0, 1)), "barrier, 1 rank");

    CaseIdentity rooted = test::collective_case("broadcast", 8, 3);
    EXPECT_EQ(describe(rooted), "broadcast, 8 B, 3 ranks");
    rooted.root = 2;
    EXPECT_EQ(describe(rooted), "broadcast, 8 B, root 2, 3 ranks");

    CaseIdentity pairs = test::collective_case("pingpong", 8, 4);
    pairs.parameters = {{"pairs", "halves"}};
    EXPECT_EQ(describe(pairs), "ping-pong, 8 B, halves pairs, 4 ranks");

    CaseIdentity skewed = test::collective_case("alltoallv", 1024, 4);
    skewed.parameters = {{"skew", "zipf"}, {"skew_factor", "1.2"}};
    EXPECT_EQ(describe(skewed), "uneven all-to-all, 1 KiB, skew zipf, skew factor 1.2, 4 ranks");
}

TEST(Describe, names_schedule_and_micro_batches_of_a_pipeline)
{
    CaseIdentity pipeline = test::collective_case("pipeline", 1 << 20, 4);
    pipeline.parameters = {{"schedule", "1f1b"}, {"microbatches", "16"}, {"forward_s", "0.0005"}};
    EXPECT_EQ(describe(pipeline), "pipeline 1f1b, 1 MiB, 16 micro-batches, 4 ranks");
    pipeline.parameters["microbatches"] = "1";
    EXPECT_EQ(describe(pipeline), "pipeline 1f1b, 1 MiB, 1 micro-batch, 4 ranks");
}

TEST(Describe, names_the_compute_of_a_data_parallel_step)
{
    CaseIdentity step = test::collective_case("data_parallel", 1 << 20, 2);
    step.parameters = {{"compute_s", "0.02"}};
    EXPECT_EQ(describe(step), "data parallel, 1 MiB, compute 20.0 ms, 2 ranks");
}

TEST(Describe, says_type_and_operation_where_they_are_not_the_usual_ones)
{
    CaseIdentity half = test::collective_case("allreduce", 1 << 26, 8);
    half.dtype = DataType::bfloat16;
    half.op = ReduceOp::max;
    EXPECT_EQ(describe(half), "allreduce, 64 MiB, bfloat16, max, 8 ranks");
    CaseIdentity unknown = half;
    unknown.pattern = "of_a_later_version";
    EXPECT_EQ(describe(unknown), "of_a_later_version, 64 MiB, bfloat16, 8 ranks");
    EXPECT_EQ(series_title(half).english(), "allreduce, bfloat16, max");
}

TEST(ParameterSaid, has_units_for_times_and_sizes)
{
    EXPECT_EQ(parameter_said("forward_s", "0.0005").english(), "forward 500 us");
    EXPECT_EQ(parameter_said("first_bucket_bytes", "1048576").english(), "first bucket 1 MiB");
    EXPECT_EQ(parameter_said("algorithm", "ring").english(), "algorithm ring");
    EXPECT_EQ(parameter_said("slow_s", "often").english(), "slow s often");
}

TEST(CaseTitles, of_cases_that_differ_say_what_tells_them_apart_and_no_more)
{
    const auto titles = [](const std::vector<CaseIdentity>& cases) {
        std::vector<const CaseIdentity*> all;
        for (const CaseIdentity& one : cases) {
            all.push_back(&one);
        }
        const CaseTitles made(all);
        std::vector<std::string> said;
        for (const CaseIdentity& one : cases) {
            said.push_back(made.of(one).english());
        }
        return said;
    };
    using Texts = std::vector<std::string>;
    const CaseIdentity plain = test::collective_case("allreduce", 1 << 20, 4);
    CaseIdentity half = plain;
    half.dtype = DataType::float16;
    CaseIdentity other_scale = half;
    other_scale.ranks = 8;
    EXPECT_EQ(titles({plain}), Texts{"allreduce, 1 MiB, 4 ranks"});
    EXPECT_EQ(titles({plain, half, other_scale}),
              (Texts{"allreduce, 1 MiB, float32, 4 ranks", "allreduce, 1 MiB, float16, 4 ranks",
                     "allreduce, 1 MiB, float16, 8 ranks"}));
    CaseIdentity in_place = plain;
    in_place.in_place = true;
    EXPECT_EQ(titles({plain, in_place}),
              (Texts{"allreduce, 1 MiB, out of place, 4 ranks", "allreduce, 1 MiB, in place, 4 ranks"}));

    CaseIdentity step = test::collective_case("data_parallel", 1 << 20, 4);
    step.parameters = {{"forward_s", "0.001"}, {"sharding", "none"}};
    CaseIdentity longer = step;
    longer.parameters["forward_s"] = "0.002";
    EXPECT_EQ(titles({step, longer}), (Texts{"data parallel, 1 MiB, forward 1.00 ms, 4 ranks",
                                             "data parallel, 1 MiB, forward 2.00 ms, 4 ranks"}));
    EXPECT_EQ(titles({step}), Texts{"data parallel, 1 MiB, 4 ranks"});
}

TEST(CaseIdentity, has_one_family_key_with_all_that_differ_in_scale_alone)
{
    CaseIdentity one;
    one.pattern = "pingpong";
    one.bytes = 8;
    one.ranks = 2;
    one.nodes = 1;
    one.parameters = {{"pairs", "halves"}};
    std::vector<CaseIdentity> others(8, one);
    others[0].bytes = 9;
    others[1].in_place = true;
    others[2].root = 1;
    others[3].parameters = {{"pairs", "adjacent"}};
    others[4].parameters = {{"pair", "shalves"}};
    others[5].parameters = {};
    others[6].pattern = "sendrecv";
    others[7].dtype = DataType::int8;
    for (const CaseIdentity& other : others) {
        EXPECT_FALSE(same_but_scale(one, other));
        EXPECT_NE(family_key(one), family_key(other));
    }
    CaseIdentity larger = one;
    larger.ranks = 4;
    larger.nodes = 2;
    larger.subset = 3;
    EXPECT_TRUE(same_but_scale(one, larger));
    EXPECT_EQ(family_key(one), family_key(larger));
}

}  // namespace
}  // namespace plumbline
