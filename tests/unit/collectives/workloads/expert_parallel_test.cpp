// SPDX-License-Identifier: Apache-2.0
#include "collectives/workloads/expert_parallel.hpp"

#include "collectives/util/error.hpp"
#include "collectives/workloads/catalogue.hpp"
#include "scenarios/plan/case_identity.hpp"
#include "scenarios/yaml/scenario.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <string>
#include <variant>
#include <vector>

namespace plumbline {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

std::uint64_t sum(const std::vector<std::uint64_t>& values)
{
    return std::accumulate(values.begin(), values.end(), std::uint64_t{0});
}

ExpertParallelSpec routed(std::uint64_t tokens, int experts, SkewKind skew = SkewKind::uniform)
{
    ExpertParallelSpec spec;
    spec.tokens = tokens;
    spec.hidden = 16;
    spec.experts = experts;
    spec.skew = skew;
    spec.skew_factor = skew == SkewKind::hot ? 3 : 1;
    spec.skew_seed = 5;
    return spec;
}

TEST(TokenRouting, every_copy_of_a_token_is_sent_and_received_whatever_divides)
{
    for (const SkewKind skew : {SkewKind::uniform, SkewKind::random, SkewKind::zipf, SkewKind::hot}) {
        for (const std::uint64_t tokens : {1U, 7U, 16U, 60U, 4096U}) {
            for (const int ranks : {1, 2, 8, 12}) {
                const ExpertParallelSpec spec = routed(tokens, 240, skew);
                const TokenRouting routing(spec, ranks);
                std::uint64_t received = 0;
                std::uint64_t most = 0;
                for (int rank = 0; rank < ranks; ++rank) {
                    EXPECT_EQ(sum(routing.row(rank)), tokens * 8);
                    most = std::max(most, sum(routing.column(rank)));
                    received += sum(routing.column(rank));
                    for (int peer = 0; peer < ranks; ++peer) {
                        EXPECT_EQ(routing.row(rank)[static_cast<std::size_t>(peer)],
                                  routing.column(peer)[static_cast<std::size_t>(rank)]);
                    }
                }
                EXPECT_EQ(received, tokens * 8 * static_cast<std::uint64_t>(ranks));
                EXPECT_EQ(routing.passed(), received);
                EXPECT_EQ(routing.bottleneck(), std::max(most, tokens * 8)) << name(skew) << " " << tokens;
            }
        }
    }
}

TEST(TokenRouting, what_does_not_divide_favours_no_rank)
{
    // 128 copies over 8 ranks of 32 experts: 16 each, though there are more experts than copies.
    for (int rank = 0; rank < 8; ++rank) {
        EXPECT_THAT(TokenRouting(routed(16, 256), 8).row(rank), testing::Each(16U));
    }
    // 12 copies over 8 ranks: 1 or 2 to each, shifted from sender to sender, 12 to each in all.
    ExpertParallelSpec spec = routed(12, 8);
    spec.top_k = 1;
    const TokenRouting routing(spec, 8);
    EXPECT_THAT(routing.row(0), ElementsAre(1, 2, 1, 2, 1, 2, 1, 2));
    for (int rank = 0; rank < 8; ++rank) {
        EXPECT_THAT(routing.row(rank), testing::Each(testing::AnyOf(1U, 2U)));
        EXPECT_EQ(sum(routing.column(rank)), 12U);
    }
    EXPECT_EQ(routing.bottleneck(), 12U);
    EXPECT_DOUBLE_EQ(routing.skew_factor(), 1);
}

TEST(TokenRouting, few_tokens_are_skewed_as_many_are)
{
    const double many = TokenRouting(routed(1 << 20, 256, SkewKind::zipf), 8).skew_factor();
    EXPECT_NEAR(TokenRouting(routed(16, 256, SkewKind::zipf), 8).skew_factor(), many, 0.02 * many);
}

TEST(TokenRouting, random_routing_is_the_same_for_a_rank_that_was_told_the_most_by_the_others)
{
    for (const int ranks : {1, 2, 3, 12, 240}) {
        const ExpertParallelSpec spec = routed(60, 240, SkewKind::random);
        std::uint64_t most = 0;
        for (int rank = 0; rank < ranks; ++rank) {
            most = std::max(most, received_to_agree_on(spec, rank, ranks).value_or(0));
        }
        EXPECT_EQ(expert_total_bytes(spec, ranks, most), expert_total_bytes(spec, ranks));
        EXPECT_EQ(closed_forms(spec, ranks, most), closed_forms(spec, ranks));
        EXPECT_EQ(TokenRouting(spec, ranks, most).column(ranks - 1), TokenRouting(spec, ranks).column(ranks - 1));
    }
    EXPECT_EQ(received_to_agree_on(routed(60, 240, SkewKind::zipf), 0, 12), std::nullopt);
}

TEST(TokenRouting, random_shares_are_uniform_up_to_twice_the_mean_where_a_rank_has_one_expert)
{
    constexpr int ranks = 256;
    const TokenRouting routing(routed(3200, ranks, SkewKind::random), ranks);  // 100 to each on average
    int low = 0;
    int high = 0;
    for (int sender = 0; sender < ranks; ++sender) {
        for (const std::uint64_t tokens : routing.row(sender)) {
            EXPECT_LE(tokens, 200U);
            low += tokens < 50 ? 1 : 0;
            high += tokens > 150 ? 1 : 0;
        }
    }
    // A quarter of 65536 draws each; pairs are alike, so six standard deviations of 32768 draws, doubled, are 940.
    EXPECT_NEAR(low, 16384, 940);
    EXPECT_NEAR(high, 16384, 940);
}

TEST(TokenRouting, random_shares_of_less_than_a_token_go_to_all_ranks_alike)
{
    constexpr int ranks = 240;
    ExpertParallelSpec spec = routed(120, ranks, SkewKind::random);
    spec.top_k = 1;  // half a token to each on average
    const TokenRouting routing(spec, ranks);
    std::uint64_t lower_half = 0;
    for (int rank = 0; rank < ranks / 2; ++rank) {
        lower_half += sum(routing.column(rank));
    }
    // 14,400 of 28,800 tokens: each a coin at most; six standard deviations are 509.
    EXPECT_NEAR(static_cast<double>(lower_half), 14400, 509);
}

TEST(ExpertParallel, bytes_and_tokens_are_those_that_are_moved)
{
    for (const std::uint64_t tokens : {16U, 60U}) {
        const ExpertParallelSpec spec = routed(tokens, 256);
        EXPECT_EQ(expert_total_bytes(spec, 8), 2 * tokens * 8 * 16 * 2);
        EXPECT_EQ(identity_of(spec).bytes, tokens * 8 * 16 * 2);
        EXPECT_EQ(closed_forms(spec, 8).at("tokens"), static_cast<double>(tokens) * 8);
        // Rank 3 sends every copy, receives as many, and sends those back.
        const Program program = program_of(spec, 3, 8);
        for (const Step& step : program.steps) {
            EXPECT_EQ(step.bytes, tokens * 8 * 16 * 2);
            const CollectiveCall& call = program.calls.at(static_cast<std::size_t>(step.what)).call;
            EXPECT_EQ(call.send_counts.sum(), tokens * 8 * 16);
            EXPECT_EQ(call.recv_counts.sum(), tokens * 8 * 16);
        }
        ASSERT_EQ(program.steps.size(), 2U);
        const auto& there = program.calls.at(static_cast<std::size_t>(program.steps[0].what)).call;
        const auto& back = program.calls.at(static_cast<std::size_t>(program.steps[1].what)).call;
        EXPECT_EQ(back.send_counts, there.recv_counts);
        EXPECT_EQ(back.recv_counts, there.send_counts);
    }
}

ExpertParallelSpec from_yaml(const std::string& keys)
{
    const std::string text =
        "plumbline: 1\nname: t\ncases:\n  - {pattern: expert_parallel, skew: {kind: matrix, file: t}" + keys + "}\n";
    return std::get<ExpertParallelSpec>(parse_scenario(text, "s.yaml", {}, {{"t", "1 2\n3 6\n"}}).cases.at(0).pattern);
}

TEST(ExpertParallelMatrix, is_what_the_case_is_called_after)
{
    const ExpertParallelSpec spec = from_yaml(", hidden: 4, dispatch_dtype: float8_e4m3");
    const CaseIdentity what = identity_of(spec);
    EXPECT_EQ(what.bytes, 9U * 4) << "rank 1 sends 3 + 6 tokens of 4 elements";
    for (const char* key : {"tokens", "experts", "top_k"}) {
        EXPECT_FALSE(what.parameters.contains(key)) << key;
    }
    EXPECT_EQ(what.parameters.at("skew"), "matrix");
    EXPECT_EQ(expert_total_bytes(spec, 2), 9U * 4 * (1 + 2));
    EXPECT_FALSE(closed_forms(spec, 2).contains("tokens"));
}

TEST(ExpertParallelMatrix, gives_tokens_where_top_k_is_known)
{
    const ExpertParallelSpec spec = from_yaml(", hidden: 4, top_k: 3");
    EXPECT_EQ(identity_of(spec).parameters.at("top_k"), "3");
    EXPECT_DOUBLE_EQ(closed_forms(spec, 2).at("tokens"), 12.0 / 3);
}

TEST(ExpertParallelMatrix, takes_no_tokens_and_no_experts)
{
    for (const std::string key : {"tokens", "experts"}) {
        EXPECT_THAT([&] { from_yaml(", " + key + ": 64"); },
                    ThrowsMessage<ConfigError>(HasSubstr("'cases[0]." + key +
                                                         "' has no effect with skew.kind matrix (skew.file gives "
                                                         "what each rank sends). Remove it")));
    }
}

TEST(ExpertParallelMatrix, of_more_bytes_than_can_be_counted_is_refused_not_wrapped)
{
    ExpertParallelSpec spec = from_yaml("");
    spec.routing = {0, std::uint64_t{1} << 62U, 0, 0};
    EXPECT_EQ(identity_of(spec).bytes, std::numeric_limits<std::uint64_t>::max());
}

Scenario buckets(const std::string& keys)
{
    return parse_scenario(
        "plumbline: 1\nname: t\ncases:\n  - {pattern: data_parallel, forward: 1ms, backward: 1ms, " + keys + "}\n",
        "s.yaml");
}

TEST(DataParallelBuckets, are_a_hundred_thousand_at_most)
{
    EXPECT_THAT([] { buckets("gradient_bytes: 16GB, bucket_bytes: 25"); },
                ThrowsMessage<ConfigError>(HasSubstr("'cases[0].bucket_bytes' is '25' (the gradients are "
                                                     "639958058 buckets, of which 100000 are the most). Write for "
                                                     "example 25MiB")));
    EXPECT_THAT([] { buckets("parameters: 1e15"); }, ThrowsMessage<ConfigError>(HasSubstr("Write at least")));
    // The first, and 99,999 more of 8 bytes.
    EXPECT_NO_THROW(buckets("gradient_bytes: 800000, first_bucket_bytes: 8, bucket_bytes: 8"));
    EXPECT_THAT([] { buckets("gradient_bytes: 800008, first_bucket_bytes: 8, bucket_bytes: 8"); },
                ThrowsMessage<ConfigError>(HasSubstr("100001 buckets")));
}

TEST(DataParallelBuckets, are_counted_without_being_listed)
{
    DataParallelSpec spec;
    for (const std::uint64_t bytes : {1U, 7U, 8U, 9U, 16U, 17U, 100U}) {
        spec.gradient_bytes = bytes;
        spec.first_bucket_bytes = 8;
        spec.bucket_bytes = 3;
        EXPECT_EQ(bucket_count(spec), bucket_sizes(spec).size()) << bytes;
    }
    spec.buckets = {4, 4};
    EXPECT_EQ(bucket_count(spec), 2U);
}

}  // namespace
}  // namespace plumbline
