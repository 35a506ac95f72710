// SPDX-License-Identifier: Apache-2.0
#include "results/diagnosis/admission.hpp"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace plumbline {
namespace {

/// How a node of the planted cluster differs from the others, as factors of time.
struct Planted {
    double sending = 1, receiving = 1, compute = 1;
};

struct Cluster {
    int nodes = 0;
    int good = 0;  ///< the first ones
    std::map<int, Planted> faults = {};
    double link_spread = 0.02;  ///< standing differences of links, in log time
    double noise = 0.03;        ///< of a message, one-sided as of a machine that is disturbed
    std::uint64_t seed = 1;
    int passes = 5;
};

std::string host(int node)
{
    return fmt::format("node{:04}", node);
}

std::set<std::string> hosts_of(int first, int end)
{
    std::set<std::string> names;
    for (int node = first; node < end; ++node) {
        names.insert(host(node));
    }
    return names;
}

std::vector<std::string> all_hosts(const Cluster& cluster)
{
    std::vector<std::string> names;
    for (int node = 0; node < cluster.nodes; ++node) {
        names.push_back(host(node));
    }
    return names;
}

/// A sweep of all pairs that have a known-good end; a message takes 1 ms, times the worse of both ends.
PairwiseSamples planted_survey(const Cluster& cluster)
{
    std::mt19937_64 draw(cluster.seed);
    std::normal_distribution<double> normal;
    std::uniform_real_distribution<double> uniform;
    std::vector<int> nodes;
    for (int node = 0; node < cluster.nodes; ++node) {
        nodes.push_back(node);
    }
    PairwiseSamples survey;
    survey.ranks = cluster.nodes;
    survey.nodes = RankNodes(nodes);
    const auto fault = [&](int node) {
        const auto found = cluster.faults.find(node);
        return found == cluster.faults.end() ? Planted{} : found->second;
    };
    const auto disturbed = [&] {  // one in fifty takes twice as long
        return (1 + cluster.noise * std::abs(normal(draw))) * (uniform(draw) < 0.02 ? 2 : 1);
    };
    for (int from = 0; from < cluster.nodes; ++from) {
        for (int to = 0; to < cluster.nodes; ++to) {
            if (from != to && (from < cluster.good || to < cluster.good)) {
                const double link = 1e-3 * std::exp(cluster.link_spread * normal(draw)) *
                                    std::max(fault(from).sending, fault(to).receiving);
                for (int pass = 0; pass < cluster.passes; ++pass) {
                    survey.sweep.push_back({from, to, link * disturbed()});
                }
            }
        }
    }
    survey.compute.resize(nodes.size());
    for (const int node : nodes) {
        for (int i = 0; i < 4 * cluster.passes; ++i) {
            survey.compute[static_cast<std::size_t>(node)].push_back(1e-3 * fault(node).compute * disturbed());
        }
    }
    return survey;
}

AdmissionReport admitted(const Cluster& cluster, const AdmissionRules& rules = {})
{
    return admit(planted_survey(cluster), all_hosts(cluster), hosts_of(0, cluster.good), {}, rules);
}

TEST(Admission, OnAThousandNodesFewerThanOneInAHundredIsWronglyAdmittedOrRejectedAtTenPercent)
{
    std::size_t healthy = 0;
    std::size_t kept_out = 0;  // healthy, and rejected or undecided
    std::size_t rejected = 0;
    std::size_t degraded = 0;
    std::size_t let_in = 0;
    for (const std::uint64_t seed : {1U, 2U, 3U, 4U}) {
        Cluster cluster{.nodes = 1024, .good = 16, .seed = seed};
        const std::vector<Planted> kinds{
            {.sending = 1.1, .receiving = 1.1}, {.sending = 1.1}, {.receiving = 1.1}, {.compute = 1.1}};
        for (int node = 20; node < cluster.nodes; node += 4) {
            cluster.faults[node] = kinds[static_cast<std::size_t>(node / 4) % kinds.size()];
        }
        const AdmissionReport report = admitted(cluster);
        EXPECT_EQ(report.good, 16U);
        ASSERT_EQ(report.nodes.size(), 1008U);
        for (std::size_t i = 0; i < report.nodes.size(); ++i) {
            const Admission admission = report.nodes[i].admission;
            if (cluster.faults.contains(static_cast<int>(i) + 16)) {
                ++degraded;
                let_in += admission == Admission::joins ? 1U : 0U;
            } else {
                ++healthy;
                kept_out += admission == Admission::joins ? 0U : 1U;
                rejected += admission == Admission::rejected ? 1U : 0U;
            }
        }
    }
    ASSERT_EQ(degraded, 1004U);
    EXPECT_LT(let_in * 100, degraded) << let_in << " of " << degraded;
    EXPECT_LT(rejected * 100, healthy) << rejected << " of " << healthy;
    EXPECT_LT(kept_out * 100, healthy) << kept_out << " of " << healthy << " not admitted";
    RecordProperty("let_in", fmt::format("{} of {}", let_in, degraded));
    RecordProperty("kept_out", fmt::format("{} of {}", kept_out, healthy));
}

TEST(Admission, SaysWhatOfANodeIsSlowAndByHowMuch)
{
    const Cluster cluster{.nodes = 30,
                          .good = 12,
                          .faults = {{20, {.sending = 1.3}}, {25, {.compute = 1.5}}},
                          .link_spread = 0,
                          .noise = 0};
    const AdmissionReport report = admitted(cluster);
    EXPECT_EQ(report.overall, Admission::rejected);
    for (const NodeAdmission& node : report.nodes) {
        const bool slow = node.host == "node0020" || node.host == "node0025";
        EXPECT_EQ(node.admission, slow ? Admission::rejected : Admission::joins) << node.host;
    }
    EXPECT_EQ(evidence_said(*report.nodes.at(8).worst).english(),
              "sending +30.0 % [+30.0, +30.0] time over 12 links to known-good nodes");
    EXPECT_EQ(evidence_said(*report.nodes.at(13).worst).english(), "compute +50.0 % [+50.0, +50.0] time");
}

TEST(Admission, ANodeAtTheLimitIsUndecidedAndNotAdmitted)
{
    const Cluster cluster{.nodes = 20, .good = 12, .faults = {{15, {.sending = 1.05, .receiving = 1.05}}}};
    const AdmissionReport report = admitted(cluster);
    EXPECT_EQ(report.nodes.at(3).admission, Admission::undecided);
    EXPECT_EQ(report.overall, Admission::undecided);
}

TEST(Admission, AKnownGoodNodeThatIsSlowIsNamedAndJudgesNobody)
{
    const Cluster cluster{.nodes = 20, .good = 12, .faults = {{3, {.sending = 1.4, .receiving = 1.4}}}};
    const AdmissionReport report = admitted(cluster);
    ASSERT_EQ(report.not_good.size(), 1U);
    EXPECT_EQ(report.not_good[0].host, "node0003");
    EXPECT_EQ(report.good, 11U);
    EXPECT_TRUE(std::ranges::all_of(report.nodes, [](const auto& n) { return n.admission == Admission::joins; }));
    EXPECT_EQ(report.overall, Admission::rejected);
}

TEST(Admission, WhatWasNotMeasuredIsNotAdmitted)
{
    const Cluster cluster{.nodes = 14, .good = 12};
    const PairwiseSamples survey = planted_survey(cluster);
    const auto hosts = all_hosts(cluster);
    const AdmissionReport absent = admit(survey, hosts, hosts_of(0, 12), {"node0013", "node9999"});
    ASSERT_EQ(absent.nodes.size(), 2U);
    EXPECT_EQ(absent.nodes[0].admission, Admission::joins);
    EXPECT_EQ(absent.nodes[1].admission, Admission::not_measured);
    EXPECT_EQ(absent.overall, Admission::not_measured);
    // One known-good node alone is no reference: there is no link between two.
    EXPECT_EQ(admit(survey, hosts, {"node0000"}, {}).overall, Admission::not_measured);
    // A node that computes and has no link.
    PairwiseSamples silent = survey;
    std::erase_if(silent.sweep, [](const LinkMessage& m) { return m.from == 13 || m.to == 13; });
    EXPECT_EQ(admit(silent, hosts, hosts_of(0, 12), {}).nodes.at(1).admission, Admission::not_measured);
}

TEST(Admission, OfTwoKnownGoodNodesTheMessagesDecide)
{
    const Cluster cluster{.nodes = 5,
                          .good = 2,
                          .faults = {{4, {.sending = 1.2, .receiving = 1.2}}},
                          .link_spread = 0,
                          .noise = 0.01,
                          .passes = 10};
    const AdmissionReport report = admitted(cluster);
    ASSERT_EQ(report.nodes.size(), 3U);
    EXPECT_EQ(report.nodes[0].admission, Admission::joins);
    EXPECT_EQ(report.nodes[2].admission, Admission::rejected);
    EXPECT_EQ(report.nodes[2].worst->values, 20U);
}

TEST(Admission, OneSlowRankOfANodeKeepsTheNodeOut)
{
    // Two ranks a node; rank 7, the second of node 3, sends slowly.
    PairwiseSamples survey;
    survey.ranks = 8;
    survey.nodes = RankNodes(std::vector<int>{0, 0, 1, 1, 2, 2, 3, 3});
    for (int from = 0; from < 8; ++from) {
        for (int to = 0; to < 8; ++to) {
            for (int pass = 0; from / 2 != to / 2 && pass < 10; ++pass) {
                survey.sweep.push_back({from, to, from == 7 ? 1.5e-3 : 1e-3});
            }
        }
    }
    const AdmissionReport report = admit(survey, {"a", "b", "c", "d"}, {"a", "b", "c"}, {});
    ASSERT_EQ(report.nodes.size(), 1U);
    EXPECT_EQ(report.nodes[0].admission, Admission::rejected);
    EXPECT_EQ(report.nodes[0].worst->rank, 7);
    EXPECT_EQ(report.nodes[0].worst->quantity, NodeQuantity::sending);
}

}  // namespace
}  // namespace plumbline
