// SPDX-License-Identifier: Apache-2.0
#include "harness/app/doctor/port_probe.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace plumbline::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

ProbeOffer at_loopback(const PortListener& listener)
{
    ProbeOffer offer = listener.offer("node2");
    offer.addresses = {{"lo", "127.0.0.1"}, {"lo6", "::1"}};
    return offer;
}

TEST(PortProbe, reaches_who_listens_over_both_families)
{
    const PortListener listener;
    const ProbeOffer offer = at_loopback(listener);
    EXPECT_EQ(offer.ports.size(), 2U);
    for (const ProbeAttempt& attempt : try_offers("node1", std::vector{offer}, 5)) {
        EXPECT_EQ(attempt.outcome, Reached::yes) << attempt.ip;
        EXPECT_EQ(attempt.to, "node2");
    }
}

TEST(PortProbe, tells_another_node_that_has_the_same_address)
{
    const PortListener listener;
    ProbeOffer offer = at_loopback(listener);
    ++offer.nonce;
    for (const ProbeAttempt& attempt : try_offers("node1", std::vector{offer}, 5)) {
        EXPECT_EQ(attempt.outcome, Reached::someone_else);
    }
}

TEST(PortProbe, is_refused_where_nobody_listens)
{
    ProbeOffer offer;
    {
        const PortListener listener;
        offer = at_loopback(listener);
    }
    for (const ProbeAttempt& attempt : try_offers("node1", std::vector{offer}, 5)) {
        EXPECT_EQ(attempt.outcome, Reached::refused);
    }
    EXPECT_THAT(try_offers("node1", {}, 5), IsEmpty());
}

TEST(PortProbe, offers_and_attempts_travel_as_lines)
{
    const ProbeOffer offer{.host = "node1",
                           .nonce = 0xfedcba9876543210,
                           .ports = {1, 65535},
                           .addresses = {{"eth0", "10.0.0.1"}, {"ib0", "fd00::1"}}};
    EXPECT_EQ(decode_probe_offer(encode(offer)), offer);
    const ProbeAttempt attempt{
        .from = "a", .to = "b", .interface = "eth0", .ip = "10.0.0.1", .outcome = Reached::no_answer};
    EXPECT_EQ(decode_probe_attempt(encode(attempt)), attempt);
    EXPECT_FALSE(decode_probe_offer("").has_value());
    EXPECT_FALSE(decode_probe_attempt("a\tb\tc\td\tmaybe").has_value());
}

TEST(ProbeTargets, are_a_ring_and_who_is_half_way_round)
{
    EXPECT_THAT(probe_targets(0, 1), IsEmpty());
    EXPECT_THAT(probe_targets(0, 2), ElementsAre(1));
    EXPECT_THAT(probe_targets(0, 8), ElementsAre(1, 7, 4));
    EXPECT_THAT(probe_targets(7, 8), ElementsAre(0, 6, 3));
}

ProbeAttempt attempt(const std::string& from, const std::string& to, const std::string& interface, Reached outcome)
{
    return {.from = from, .to = to, .interface = interface, .ip = "10.0.0.1", .outcome = outcome};
}

TEST(JudgeAttempts, finds_nothing_where_all_are_reached)
{
    EXPECT_THAT(
        judge_attempts(std::vector{attempt("a", "b", "eth0", Reached::yes), attempt("b", "a", "eth0", Reached::yes)}),
        IsEmpty());
}

TEST(JudgeAttempts, says_who_is_behind_a_firewall)
{
    const auto findings = judge_attempts(std::vector{attempt("a", "b", "eth0", Reached::no_answer),
                                                     attempt("c", "b", "eth0", Reached::no_answer),
                                                     attempt("b", "a", "eth0", Reached::yes)});
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].severity, Severity::breaks);
    EXPECT_THAT(findings[0].hosts, ElementsAre("b"));
    EXPECT_THAT(findings[0].problem, HasSubstr("eth0: no answer"));
}

TEST(JudgeAttempts, says_who_cannot_reach_whom)
{
    const auto findings = judge_attempts(
        std::vector{attempt("a", "b", "eth0", Reached::refused), attempt("c", "b", "eth0", Reached::yes)});
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].severity, Severity::breaks);
    EXPECT_THAT(findings[0].problem, HasSubstr("a can't reach it"));
    EXPECT_THAT(findings[0].problem, HasSubstr("c can"));
}

TEST(JudgeAttempts, names_an_interface_that_leads_nowhere)
{
    std::vector<ProbeAttempt> attempts;
    for (const auto& [from, to] : {std::pair("a", "b"), std::pair("b", "a")}) {
        attempts.push_back(attempt(from, to, "eth0", Reached::yes));
        attempts.push_back(attempt(from, to, "docker0", Reached::refused));
    }
    const auto findings = judge_attempts(attempts);
    ASSERT_EQ(findings.size(), 2U);
    EXPECT_EQ(findings[0].severity, Severity::disturbs);
    EXPECT_EQ(findings[0].about, "interface docker0");
    EXPECT_THAT(findings[0].advice, HasSubstr("NCCL_SOCKET_IFNAME=^docker0"));
    EXPECT_EQ(findings[0].problem, findings[1].problem);  // they are folded into one
}

}  // namespace
}  // namespace plumbline::app
