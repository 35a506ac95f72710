// SPDX-License-Identifier: Apache-2.0
#include "harness/app/launch/child_processes.hpp"

#include <gtest/gtest.h>

#include <string>

namespace plumbline::app {
namespace {

TEST(MarkedLine, says_who_wrote_it_and_a_json_object_stays_one)
{
    const std::string prefix = "[rank 3] ";
    const std::string member = R"("rank":3)";
    EXPECT_EQ(marked_line("plumbline: warning: x", prefix, member), "[rank 3] plumbline: warning: x");
    EXPECT_EQ(marked_line(R"({"time":1.5,"event":"message"})", prefix, member),
              R"({"rank":3,"time":1.5,"event":"message"})");
    EXPECT_EQ(marked_line(R"({"time":1.5})", "", ""), R"({"time":1.5})") << "rank 0";
    EXPECT_EQ(marked_line("{a set}", prefix, member), "[rank 3] {a set}");
    EXPECT_EQ(marked_line(R"({"half)", prefix, member), R"([rank 3] {"half)");
    EXPECT_EQ(marked_line("", prefix, member), "[rank 3] ");
}

}  // namespace
}  // namespace plumbline::app
