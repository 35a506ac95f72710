// SPDX-License-Identifier: Apache-2.0
#include "harness/watchdog/watch_node.hpp"

#include "harness/util/timing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <thread>
#include <vector>

namespace plumbline {
namespace {

constexpr std::uint64_t token = 77;
constexpr std::uint64_t a_word = 0x123456789;

double soon_s()
{
    return steady_now_s() + 20;
}

/// Rank 0, and 1 below it.
class WatchNodeTest : public ::testing::Test {
protected:
    WatchTree tree_ = watch_tree(std::vector{0, 0});
    WatchNode judge_{0, tree_, token};
    WatchNode other_{1, tree_, token};

    void connect()
    {
        std::thread admitting([&] { judge_.admit(soon_s()); });
        EXPECT_TRUE(other_.join(judge_.place(), true, soon_s()));
        admitting.join();
    }
    /// Until something has come.
    WatchNode::News look(WatchNode& node)
    {
        std::vector<pollfd> waiting;
        node.add_descriptors(waiting, true);
        ::poll(waiting.data(), waiting.size(), 20'000);
        return node.look(steady_now_s());
    }
    control::Socket stranger() const
    {
        std::string why_not;
        const int port = std::stoi(judge_.place());
        return control::Socket::connect(control::resolve("127.0.0.1", static_cast<std::uint16_t>(port), why_not).at(0));
    }
};

TEST_F(WatchNodeTest, tells_the_one_above_what_it_does)
{
    connect();
    other_.set_own(a_word, 1);
    other_.tell_up(steady_now_s());
    look(judge_);
    EXPECT_EQ(judge_.known()[1].word, a_word);
    EXPECT_EQ(judge_.known()[1].fate, WatchEntry::Fate::alive);
}

TEST_F(WatchNodeTest, is_told_from_below_when_it_leaves_and_when_it_dies)
{
    connect();
    other_.tell_up(steady_now_s(), WatchEntry::Fate::left);
    EXPECT_FALSE(look(judge_).died);
    EXPECT_EQ(judge_.known()[1].fate, WatchEntry::Fate::left);
}

TEST(WatchNode, tells_a_rank_that_dies)
{
    const WatchTree tree = watch_tree(std::vector{0, 0});
    WatchNode judge(0, tree, token);
    auto other = std::make_unique<WatchNode>(1, tree, token);
    std::thread admitting([&] { judge.admit(soon_s()); });
    EXPECT_TRUE(other->join(judge.place(), true, soon_s()));
    admitting.join();
    other.reset();
    std::vector<pollfd> waiting;
    judge.add_descriptors(waiting, true);
    ::poll(waiting.data(), waiting.size(), 20'000);
    EXPECT_TRUE(judge.look(steady_now_s()).died);
    EXPECT_EQ(judge.known()[1].fate, WatchEntry::Fate::died);
}

TEST_F(WatchNodeTest, is_watched_where_there_is_ipv6_alone)
{
    const std::string place = judge_.place();
    std::thread admitting([&] { judge_.admit(soon_s()); });
    EXPECT_TRUE(other_.join(place.substr(0, place.find(' ')) + " =::1", true, soon_s()));
    admitting.join();
    EXPECT_TRUE(other_.joined());
}

TEST_F(WatchNodeTest, lets_no_stranger_keep_it_from_its_own)
{
    std::vector<control::Socket> silent;
    for (int i = 0; i < 100; ++i) {
        silent.push_back(stranger());
    }
    const control::Socket talkative = stranger();
    std::thread admitting([&] { judge_.admit(soon_s()); });
    talkative.send(std::as_bytes(std::span("GET / HTTP/1.1\r\nHost: a scanner that says a lot\r\n\r\n")));
    EXPECT_TRUE(other_.join(judge_.place(), true, soon_s()));
    admitting.join();
}

TEST_F(WatchNodeTest, of_another_launch_is_not_let_in)
{
    WatchNode foreign(1, tree_, token + 1);
    std::thread admitting([&] { judge_.admit(steady_now_s() + 1); });
    EXPECT_FALSE(foreign.join(judge_.place(), true, steady_now_s() + 1));
    admitting.join();
    EXPECT_FALSE(other_.join("", true, soon_s()));  // nobody told it where
}

TEST_F(WatchNodeTest, hears_beats_and_the_end)
{
    connect();
    judge_.begin_beat();
    judge_.beat_some(0.5);
    EXPECT_FALSE(judge_.beats_are_due());
    look(other_);
    EXPECT_NEAR(other_.above_heard_s() - other_.judge_heard_s(), 0.5, 1e-3);
    judge_.tell_over();
    EXPECT_TRUE(look(other_).over);
}

}  // namespace
}  // namespace plumbline
