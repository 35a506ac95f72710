// SPDX-License-Identifier: Apache-2.0
#include "results/verdicts/contract.hpp"

#include "results/texts/language.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace plumbline {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using Kind = ContractRemark::Kind;

constexpr double gbit = 1e9 / 8;

/// `ports` of 400 Gbit/s a node; H100's links inside, which are not stated to reduce.
Links stated_ports(int ports, int ranks_per_node, bool nvls = false)
{
    Links made;
    made.intra_node = LinkRate{.bytes_per_s = 450e9, .reduces = nvls};
    made.inter_node = LinkRate{.bytes_per_s = ports * 400 * gbit};
    made.ports = ports;
    made.ranks_per_node = ranks_per_node;
    return made;
}

Target at_least(const std::string& pattern, double busbw, int ranks)
{
    Target target;
    target.name = pattern;
    target.metric = Metric::busbw;
    target.where = {{"pattern", pattern}};
    target.at = ScaleRef{ranks};
    target.at_least = busbw;
    return target;
}

std::vector<ContractRemark> judged(const Target& target, const Links& over, std::optional<int> ranks = std::nullopt)
{
    return judge_contract(std::vector{target}, over, ranks);
}

TEST(Contract, of_a_real_tender_that_no_cluster_with_4_ports_could_meet_is_refused_with_the_arithmetic)
{
    const auto remarks = judged(at_least("allreduce", 491.84, 16), stated_ports(4, 8));
    ASSERT_EQ(remarks.size(), 1U);
    EXPECT_EQ(remarks[0].kind, Kind::impossible);
    EXPECT_EQ(remarks[0].text,
              "491.84 GB/s of allreduce at 2 nodes of 8 needs 262 GB/s a node; 4 ports of 400 Gbit/s give 200: at most "
              "375.0, or 5.3 ports");
    const auto exchange = judged(at_least("alltoall", 76.54, 16), stated_ports(4, 8));
    ASSERT_EQ(exchange.size(), 1U);
    EXPECT_EQ(exchange[0].text,
              "76.54 GB/s of all-to-all at 2 nodes of 8 needs 327 GB/s a node; 4 ports of 400 Gbit/s give 200: at most "
              "46.9, or 6.6 ports");
}

/// Its rows with a port a rank: what they ask for, and what share of the ports that is.
struct Row {
    int a_node;
    double allreduce, of_bound, alltoall, alltoall_of_bound;
};

TEST(Contract, asks_no_more_in_its_other_rows_than_one_port_a_rank_gives)
{
    for (const Row& row : std::vector<Row>{{1, 48.90, 0.978, 27.25, 0.545},
                                           {2, 136.93, 0.913, 54.41, 0.725},
                                           {4, 335.48, 0.959, 73.73, 0.843},
                                           {8, 491.84, 0.656, 76.54, 0.816}}) {
        // Of the ports alone; with 8 ranks a node the links inside are said to reduce, or they are the limit.
        Links over = stated_ports(row.a_node, row.a_node);
        over.intra_node->bytes_per_s = 1e15;
        EXPECT_TRUE(judged(at_least("allreduce", row.allreduce, 2 * row.a_node), over).empty()) << row.a_node;
        EXPECT_TRUE(judged(at_least("alltoall", row.alltoall, 2 * row.a_node), over).empty()) << row.a_node;
        const auto share = [&](const std::string& pattern, double busbw, double fraction) {
            // A thousandth above the bound is refused, so the bound is where the share says.
            EXPECT_TRUE(judged(at_least(pattern, busbw / (fraction + 5e-4), 2 * row.a_node), over).empty());
            EXPECT_FALSE(judged(at_least(pattern, busbw / (fraction - 5e-4), 2 * row.a_node), over).empty());
        };
        share("allreduce", row.allreduce, row.of_bound);
        share("alltoall", row.alltoall, row.alltoall_of_bound);
    }
}

TEST(Contract, with_8_ports_presumes_reduction_inside_nodes)
{
    const auto without = judged(at_least("allreduce", 491.84, 16), stated_ports(8, 8));
    ASSERT_EQ(without.size(), 1U);
    EXPECT_EQ(without[0].text,
              "491.84 GB/s of allreduce at 2 nodes of 8 needs 459 GB/s a rank inside its node; 450 are stated "
              "(intra_node.bandwidth): at most "
              "482.1");
    EXPECT_TRUE(judged(at_least("allreduce", 491.84, 16), stated_ports(8, 8, true)).empty());
}

TEST(Contract, above_what_the_named_algorithm_attains_is_a_remark_that_refuses_nothing)
{
    Target target = at_least("allreduce", 300, 16);
    target.algorithm = {.kind = AlgorithmReference::Kind::named, .algorithm = AlgorithmKind::ring};
    const auto remarks = judged(target, stated_ports(4, 8));
    ASSERT_EQ(remarks.size(), 1U);
    EXPECT_EQ(remarks[0].kind, Kind::ambitious);
    EXPECT_EQ(remarks[0].text,
              "300 GB/s of allreduce at 2 nodes of 8 is more than a flat ring attains, 200.0; physics allows 375.0");
    target.algorithm = {};
    EXPECT_TRUE(judged(target, stated_ports(4, 8)).empty());  // a tree attains it
    const auto best = judged(at_least("allreduce", 410, 32), stated_ports(8, 8));
    ASSERT_EQ(best.size(), 1U);
    EXPECT_THAT(best[0].text.english(), HasSubstr("more than the best that is modelled, a flat ring, attains, 400.0"));
}

TEST(Contract, holds_times_with_a_size_against_latency_and_rate)
{
    Target target = at_least("allreduce", 0, 16);
    target.metric = Metric::time;
    target.at_least = {};
    target.at_most = 1e-3;
    target.where["bytes"] = "1000000000";
    // 1 GB at 200 GB/s a node: 5 ms.
    const auto remarks = judged(target, stated_ports(4, 8));
    ASSERT_EQ(remarks.size(), 1U);
    EXPECT_THAT(remarks[0].text.english(), StartsWith("1 ms for allreduce of 1 GB at 2 nodes of 8 needs 1000 GB/s"));
    EXPECT_THAT(remarks[0].text.english(), HasSubstr("at least 5.00 ms"));
    Links slow = stated_ports(4, 8);
    slow.inter_node->latency_s = slow.intra_node->latency_s = 1e-3;
    target.where["bytes"] = "8";
    const auto latency = judged(target, slow);
    ASSERT_EQ(latency.size(), 1U);
    EXPECT_THAT(latency[0].text.english(),
                HasSubstr("needs latencies of 1.00 ms in all; those that are stated take 4.00 ms"));
}

TEST(Contract, says_what_is_missing_to_be_looked_at)
{
    Links over = stated_ports(4, 8);
    over.intra_node.reset();
    EXPECT_THAT(judged(at_least("allreduce", 491.84, 16), over).at(0).text.english(),
                HasSubstr("at most 375.0, or 5.3 ports"));
    over.inter_node.reset();
    EXPECT_THAT(judged(at_least("allreduce", 491.84, 16), over).at(0).text.english(),
                HasSubstr("between nodes is not known"));
    over.ranks_per_node.reset();
    EXPECT_THAT(judged(at_least("allreduce", 1, 16), over).at(0).text.english(), HasSubstr("links.ranks_per_node"));
    Target target = at_least("allreduce", 491.84, 16);
    target.at = ScaleRef{};
    EXPECT_EQ(judged(target, stated_ports(4, 8)).at(0).kind, Kind::not_looked_at);
    EXPECT_THAT(judged(target, stated_ports(4, 8)).at(0).text.english(), HasSubstr("give --ranks"));
    EXPECT_EQ(judged(target, stated_ports(4, 8), 16).at(0).kind, Kind::impossible);
    target.at.reset();
    EXPECT_THAT(judged(target, stated_ports(4, 8)).at(0).text.english(), HasSubstr("write at_ranks, or at_nodes"));
    target.at = ScaleRef{.count = 2, .unit = ScaleUnit::nodes};
    EXPECT_EQ(judged(target, stated_ports(4, 8)).at(0).kind, Kind::impossible) << "2 nodes of 8";
    target.at.reset();
    target.where["nodes"] = "2";
    EXPECT_EQ(judged(target, stated_ports(4, 8)).at(0).kind, Kind::impossible);
    target.where.erase("nodes");
    target.where["ranks"] = "16";
    EXPECT_EQ(judged(target, stated_ports(4, 8)).at(0).kind, Kind::impossible);
    target.where.erase("pattern");
    EXPECT_THAT(judged(target, stated_ports(4, 8)).at(0).text.english(), HasSubstr("names no pattern"));
}

TEST(Contract, leaves_alone_what_links_say_nothing_of)
{
    Target target = at_least("pipeline", 1e9, 16);
    EXPECT_TRUE(judged(target, stated_ports(4, 8)).empty());
    target = at_least("allreduce", 1e9, 16);
    target.metric = Metric::busbw;
    target.at_most = target.at_least;
    target.at_least.reset();
    EXPECT_TRUE(judged(target, stated_ports(4, 8)).empty());
}

TEST(Contract, cannot_ask_for_a_share_of_what_the_links_do_not_have)
{
    Target target = at_least("allreduce", 0.9, 16);
    target.metric = Metric::fraction_of_attainable;
    target.algorithm = parse_algorithm_reference("ring:8").value();
    EXPECT_THAT(judged(target, stated_ports(4, 8)).at(0).text.english(),
                HasSubstr("8 rails needs as many ports a node, and 4 are"));
    target.algorithm = parse_algorithm_reference("sharp").value();
    EXPECT_THAT(judged(target, stated_ports(4, 8)).at(0).text.english(), HasSubstr("links.inter_node.reduces: true"));
    target.algorithm = parse_algorithm_reference("ring:4").value();
    EXPECT_TRUE(judged(target, stated_ports(4, 8)).empty());
}

TEST(Contract, holds_every_size_of_a_range_against_latency_too)
{
    Links over = stated_ports(4, 8);
    over.inter_node->latency_s = 2e-6;
    Target target = at_least("allreduce", 300, 64);
    target.bytes = ByteRange{.from = 8, .to = 1ULL << 33U};
    // 8 B x 2 x 63/64 in 300 GB/s: 0.0525 ns.
    const auto remarks = judged(target, over);
    ASSERT_EQ(remarks.size(), 1U);
    EXPECT_EQ(remarks[0].text,
              "300 GB/s of allreduce of 8 B at 8 nodes of 8 needs latencies of 0.0525 ns in all; those that are stated "
              "take 2.00 us: at most 0.00788");
    target.bytes = ByteRange{.from = 1ULL << 33U, .to = {}};
    target.at_least = 190;
    EXPECT_TRUE(judged(target, over).empty());
    // Of times the largest size asks for most: 1 GB takes 8.75 ms at 8 nodes.
    target.metric = Metric::time_p99;
    target.at_least.reset();
    target.at_most = 8e-3;
    target.bytes = ByteRange{.from = 8, .to = 1'000'000'000};
    EXPECT_THAT(judged(target, over).at(0).text.english(), HasSubstr("at least 8.75 ms"));
}

TEST(Contract, holds_messages_between_two_ranks_against_the_way_there_and_back)
{
    Links over = stated_ports(1, 1);
    over.inter_node->latency_s = 2e-6;
    Target target;
    target.metric = Metric::time;
    target.where = {{"pattern", "pingpong"}, {"bytes", "8"}};
    target.at = ScaleRef{2};
    target.at_most = 3e-6;
    EXPECT_EQ(judged(target, over).at(0).text,
              "3 us for ping-pong of 8 B at 2 nodes of 1 needs latencies of 3.00 us in all; those that are stated take "
              "4.00 us: at least 4.00 us");
    // 50 GB/s one way, 1 MB each way: 40 us and 4 us of latency; in 24 us the link would have to carry twice as much.
    target.where["bytes"] = "1000000";
    target.at_most = 24e-6;
    EXPECT_EQ(judged(target, over).at(0).text,
              "24 us for ping-pong of 1 MB at 2 nodes of 1 needs 100 GB/s a node; 50 are stated "
              "(inter_node.bandwidth): at least 44.0 us");
    target.at_most = 44.1e-6;
    EXPECT_TRUE(judged(target, over).empty());
    // Ranks of a node are no load of its ports.
    over = stated_ports(1, 2);
    target.at_most = 1e-5;
    EXPECT_TRUE(judged(target, over).empty());
    target.where["pairs"] = "halves";
    target.at = ScaleRef{4};
    EXPECT_THAT(judged(target, over).at(0).text.english(), HasSubstr("GB/s a node"));
    target.where = {{"pattern", "barrier"}};
    over.inter_node->latency_s = 2e-6;
    target.at_most = 1e-6;
    EXPECT_THAT(judged(target, over).at(0).text.english(),
                StartsWith("1 us for barrier at 2 nodes of 2 needs latencies"));
}

TEST(Contract, asking_for_more_than_any_algorithm_keeps_or_attains_is_a_remark)
{
    Target kept = at_least("allreduce", 0.9, 16);
    kept.metric = Metric::busbw_retention;
    kept.base = ScaleRef{.count = 1, .unit = ScaleUnit::nodes};
    kept.at = ScaleRef{.count = 64, .unit = ScaleUnit::nodes};
    // A ring has 450 inside a node, and between nodes the 200 of their ports.
    const auto remarks = judged(kept, stated_ports(4, 8));
    ASSERT_EQ(remarks.size(), 1U);
    EXPECT_EQ(remarks[0].kind, Kind::ambitious);
    EXPECT_EQ(
        remarks[0].text,
        "90 % of what allreduce at 8 ranks of a node has is more than any algorithm that is modelled keeps: a flat "
        "ring keeps 44.4 %, 450.0 GB/s there and 200.0 at 64 nodes of 8");
    kept.at_least = 0.44;
    EXPECT_TRUE(judged(kept, stated_ports(4, 8)).empty());
    // From 2 nodes on a ring keeps all of it, though a tree doesn't.
    kept.base->count = 2;
    kept.at_least = 0.99;
    EXPECT_TRUE(judged(kept, stated_ports(4, 8)).empty());
    Target share = at_least("allreduce", 0.95, 64);
    share.metric = Metric::fraction_of_ideal;
    // The ring's 200 of 225.
    EXPECT_THAT(judged(share, stated_ports(4, 8)).at(0).text.english(),
                HasSubstr("than the best that is modelled, a flat ring, attains, 88.9 %"));
    share.at_least = 0.88;
    EXPECT_TRUE(judged(share, stated_ports(4, 8)).empty());
}

TEST(Contract, tells_a_value_from_the_bound_that_it_misses)
{
    Target target = at_least("allreduce", 375.04, 16);
    EXPECT_EQ(
        judged(target, stated_ports(4, 8)).at(0).text,
        "375.04 GB/s of allreduce at 2 nodes of 8 needs 200.02 GB/s a node; 4 ports of 400 Gbit/s give 200: at most "
        "375.0, or 4.1 ports");
    target.at_least = 199.99;
    target.algorithm = {.kind = AlgorithmReference::Kind::named, .algorithm = AlgorithmKind::ring};
    EXPECT_TRUE(judged(target, stated_ports(4, 8)).empty());
    target.at_least = 200.01;
    EXPECT_THAT(judged(target, stated_ports(4, 8)).at(0).text.english(), HasSubstr("a flat ring attains, 200.0;"));
}

TEST(Contract, is_judged_in_the_language_of_its_reader)
{
    const std::vector<Target> targets{at_least("allreduce", 491.84, 16), at_least("reduce_scatter", 300, 16),
                                      at_least("links", 1, 16)};
    const auto remarks = judge_contract(targets, stated_ports(4, 8));
    ASSERT_EQ(remarks.size(), 3U);
    EXPECT_EQ(
        in(Language::zh, remarks[0].text),
        "491.84 GB/s（全归约（allreduce），规模 2 个节点（每节点 8 个 rank））需要每节点 262 GB/s；4 个 400 Gbit/s "
        "的端口合计 200：最多 375.0，或用 5.3 个端口");
    for (const ContractRemark& remark : remarks) {
        for (const char* english : {" needs ", " than ", " attains", " is ", "modelled"}) {
            EXPECT_THAT(in(Language::zh, remark.text), Not(HasSubstr(english)));
        }
    }
}

TEST(Contract, says_that_it_does_not_look_at_what_is_not_worked_out)
{
    for (const char* pattern : {"alltoallv", "links"}) {
        const auto remarks = judged(at_least(pattern, 1e9, 16), stated_ports(4, 8));
        ASSERT_EQ(remarks.size(), 1U);
        EXPECT_EQ(remarks[0].kind, Kind::not_looked_at);
        EXPECT_THAT(remarks[0].text.english(), HasSubstr("is not worked out"));
    }
}

}  // namespace
}  // namespace plumbline
