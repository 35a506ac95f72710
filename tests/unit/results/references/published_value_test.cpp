// SPDX-License-Identifier: Apache-2.0
#include "results/references/published_value.hpp"

#include "results/printers/references.hpp"
#include "results/records/identity_parameters.hpp"
#include "tests/support/measured_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace plumbline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

PublishedValue published()
{
    PublishedValue value;
    value.name = "h100";
    value.busbw_bytes_per_s = 480e9;
    value.pattern = "allreduce";
    value.op = "sum";
    value.dtype = "float32";
    value.bytes = 8'000'000'000;
    value.nodes = 1;
    value.devices_per_node = 8;
    value.device = "H100";
    value.links.intra_node = LinkRate{.bytes_per_s = 450e9, .reduces = true};
    value.links_source = "data sheet";
    value.algorithm = AlgorithmReference{.kind = AlgorithmReference::Kind::named, .algorithm = AlgorithmKind::nvls};
    value.source = "a page";
    value.date = "2026-07-30";
    return value;
}

/// A run with that case, which takes `seconds`.
test::MeasuredRun run_of(double seconds)
{
    test::MeasuredRun run;
    run.add(test::collective_case("allreduce", 8'000'000'000, 8, 1), test::spread_times(seconds, 0.001));
    return run;
}

TEST(PublishedValue, is_shown_beside_what_was_measured_and_what_its_links_allow)
{
    // 14 GB over 36 ms: 388.9 GB/s; NVLS 700, the bound 787.5.
    const auto run = run_of(0.036);
    const RunData measured = run.measured();
    const auto found = find_like(published(), measured.cases, "NVIDIA H100 80GB HBM3");
    ASSERT_NE(found.measured, nullptr);
    const std::string text = reference_text(published(), *found.measured);
    EXPECT_THAT(text, HasSubstr("388.9 GB/s = 81 % of the published 480.0 (1x8 H100, 8 GB, h100)"));
    EXPECT_THAT(text, HasSubstr("56 % of attainable: 700.0 by reduction in the switch of a node (NVLS)"));
    EXPECT_THAT(text, HasSubstr("49 % of the physical bound 787.5"));
    EXPECT_THAT(text, HasSubstr("a page; 2026-07-30"));
}

TEST(PublishedValue, is_held_against_a_chained_case_where_there_is_one)
{
    test::MeasuredRun run = run_of(0.036);
    CaseIdentity chained = test::collective_case("allreduce", 8'000'000'000, 8, 1);
    set_timing(chained, {.regime = TimingRegime::chained, .chain = 20});
    run.add(chained, test::spread_times(0.035, 0.001));
    const RunData measured = run.measured();
    const auto found = find_like(published(), measured.cases, "H100");
    ASSERT_NE(found.measured, nullptr);
    EXPECT_TRUE(is_chained(found.measured->header.what)) << "nccl-tests enqueues its iterations";
    EXPECT_THAT(found.differences, IsEmpty());
}

TEST(PublishedValue, is_not_compared_with_other_conditions)
{
    const PublishedValue value = published();
    CaseIdentity what = identity_of(value);
    EXPECT_THAT(differences(value, what, "H100"), IsEmpty());
    what.nodes = 2;
    what.ranks = 16;
    what.dtype = DataType::bfloat16;
    EXPECT_THAT(differences(value, what, "H100"),
                ElementsAre("type: bfloat16, published float32", "nodes: 2, published 1", "ranks: 16, published 8"));
    EXPECT_THAT(differences(value, identity_of(value), ""), ElementsAre("device: a host's cores, published H100"));
    EXPECT_THAT(differences(value, identity_of(value), "NVIDIA A100-SXM4"),
                ElementsAre("device: NVIDIA A100-SXM4, published H100"));
    EXPECT_THAT(differences(value, identity_of(value), std::nullopt), IsEmpty());
    PublishedValue of_hosts = value;
    of_hosts.device = "host";
    EXPECT_THAT(differences(of_hosts, identity_of(value), ""), IsEmpty());
    EXPECT_THAT(differences(of_hosts, identity_of(value), "H100"), ElementsAre(HasSubstr("published host")));
}

TEST(PublishedValue, names_the_least_difference_where_nothing_is_like_it)
{
    test::MeasuredRun run = run_of(0.036);
    run.add(test::collective_case("alltoall", 8, 4, 2), test::spread_times(1, 0.001));
    PublishedValue value = published();
    value.bytes = 1'000'000'000;
    const RunData measured = run.measured();
    const auto found = find_like(value, measured.cases, "H100");
    EXPECT_EQ(found.measured, nullptr);
    EXPECT_THAT(found.differences, ElementsAre("size: 8 GB, published 1 GB"));
    EXPECT_THAT(find_like(value, {}, "H100").differences, ElementsAre(HasSubstr("no measured case")));
}

}  // namespace
}  // namespace plumbline
