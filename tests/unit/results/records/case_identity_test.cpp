// SPDX-License-Identifier: Apache-2.0
#include "results/records/case_identity.hpp"

#include "tests/support/measured_run.hpp"

#include <gtest/gtest.h>

#include <optional>

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
    EXPECT_EQ(describe(reduced), "allreduce float32 sum 64 KiB, 4 ranks");
    reduced.in_place = true;
    reduced.op = ReduceOp::max;
    reduced.placement = Placement::spread;
    reduced.nodes = 2;
    reduced.subset = 1;
    EXPECT_EQ(describe(reduced),
              "allreduce float32 max 64 KiB in place, 4 ranks on 2 nodes, spread placement, subset 1");

    EXPECT_EQ(describe(test::collective_case("alltoall", 65536, 4, 2)), "alltoall float32 64 KiB, 4 ranks on 2 nodes");
    EXPECT_EQ(describe(test::collective_case("barrier", 0, 1)), "barrier, 1 rank");

    CaseIdentity rooted = test::collective_case("broadcast", 8, 3);
    EXPECT_EQ(describe(rooted), "broadcast float32 8 B, 3 ranks");
    rooted.root = 2;
    EXPECT_EQ(describe(rooted), "broadcast float32 8 B, root 2, 3 ranks");

    CaseIdentity pairs = test::collective_case("pingpong", 8, 4);
    pairs.parameters = {{"pairs", "halves"}};
    EXPECT_EQ(describe(pairs), "pingpong float32 8 B, halves pairs, 4 ranks");

    CaseIdentity skewed = test::collective_case("alltoallv", 1024, 4);
    skewed.parameters = {{"skew", "zipf"}, {"skew_factor", "1.2"}};
    EXPECT_EQ(describe(skewed), "alltoallv float32 1 KiB, skew zipf, skew factor 1.2, 4 ranks");
}

TEST(Describe, names_schedule_and_micro_batches_of_a_pipeline)
{
    CaseIdentity pipeline = test::collective_case("pipeline", 1 << 20, 4);
    pipeline.parameters = {{"schedule", "1f1b"}, {"microbatches", "16"}, {"forward_s", "0.0005"}};
    EXPECT_EQ(describe(pipeline), "pipeline 1f1b 16 micro-batches, 1 MiB, 4 ranks");
    pipeline.parameters["microbatches"] = "1";
    EXPECT_EQ(describe(pipeline), "pipeline 1f1b 1 micro-batch, 1 MiB, 4 ranks");
}

TEST(Describe, names_the_compute_of_a_data_parallel_step)
{
    CaseIdentity step = test::collective_case("data_parallel", 1 << 20, 2);
    step.parameters = {{"compute_s", "0.02"}};
    EXPECT_EQ(describe(step), "data_parallel 20.0 ms compute, float32 1 MiB, 2 ranks");
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
