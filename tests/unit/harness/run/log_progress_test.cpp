// SPDX-License-Identifier: Apache-2.0
#include "harness/run/log_progress.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <sstream>
#include <string>
#include <vector>

namespace plumbline {
namespace {

using ::testing::HasSubstr;

class LogProgressTest : public ::testing::Test {
protected:
    std::unique_ptr<Progress> make(const LogStyle& style)
    {
        return make_log_progress(out_, style, 0.95, [this] { return now_s_; });
    }
    Case a_case() const
    {
        Case c;
        c.what.pattern = "allreduce";
        c.stop.max_seconds = 30;
        return c;
    }
    CaseHeader header(CaseStatus status) const
    {
        CaseHeader made;
        made.what = a_case().what;
        made.status = status;
        made.why = status == CaseStatus::failed ? "the library said no" : "";
        return made;
    }
    std::vector<std::string> lines() const
    {
        std::vector<std::string> all;
        std::istringstream in(out_.str());
        for (std::string line; std::getline(in, line);) {
            all.push_back(line);
        }
        return all;
    }
    std::ostringstream out_;
    double now_s_ = 1000;
};

TEST_F(LogProgressTest, tells_a_line_a_minute_and_one_at_the_end)
{
    const auto progress = make({.json = false, .by_minute = true});
    progress->begin(4, 4, 120, 120);
    for (std::size_t slot = 0; slot < 4; ++slot) {
        progress->started(slot, a_case(), 0);
        now_s_ += 25;
        progress->sampled(10, 1e-3, std::nullopt);
        progress->finished(slot, header(CaseStatus::skipped), {});
    }
    // At 75 s the first, at 100 s the end.
    ASSERT_EQ(lines().size(), 3U) << out_.str();
    EXPECT_EQ(lines()[0], "4 cases, at most 2:00 min");
    EXPECT_THAT(lines()[1], HasSubstr("2 of 4 done in 1:15 min"));
    EXPECT_THAT(lines()[1], HasSubstr("now allreduce"));
    EXPECT_EQ(lines()[2], "4 of 4 done in 1:40 min");
}

TEST_F(LogProgressTest, tells_the_end_of_a_run_of_which_nothing_was_left)
{
    const auto progress = make({.json = false, .by_minute = true});
    progress->begin(1, 1, 60, 60);
    progress->kept(0, a_case());
    ASSERT_EQ(lines().size(), 2U);
    EXPECT_EQ(lines()[1], "1 of 1 done in 0 s");
}

TEST_F(LogProgressTest, names_a_case_that_failed_at_once)
{
    const auto progress = make({.json = false, .by_minute = true});
    progress->begin(2, 2, 60, 60);
    progress->started(0, a_case(), 0);
    progress->finished(0, header(CaseStatus::failed), {});
    ASSERT_EQ(lines().size(), 2U);
    EXPECT_THAT(lines()[1], HasSubstr("warning: allreduce"));
    EXPECT_THAT(lines()[1], HasSubstr("the library said no"));
}

TEST_F(LogProgressTest, of_json_is_an_object_a_round_after_the_mark)
{
    const auto progress = make({.json = true, .by_minute = false});
    progress->begin(2, 2, 60, 60);
    progress->kept(0, a_case());
    progress->started(1, a_case(), 0);
    progress->finished(1, header(CaseStatus::failed), {});
    std::vector<std::string> events;
    for (const std::string& line : lines()) {
        ASSERT_EQ(line.front(), '\x1e');
        const auto object = nlohmann::json::parse(line.substr(1));
        EXPECT_GT(object.at("time").get<double>(), 1e9);
        events.push_back(object.at("event").get<std::string>() + " " + object.value("status", ""));
    }
    EXPECT_THAT(events, ::testing::ElementsAre("begin ", "round kept", "round failed"));
}

TEST_F(LogProgressTest, a_warning_is_a_line_like_others_that_the_log_makes_an_object_of)
{
    for (const bool json : {false, true}) {
        out_.str("");
        make({.json = json, .by_minute = false})->warn(say("rank 0 has taken {}", "2 GiB"));
        EXPECT_EQ(out_.str(), "plumbline: warning: rank 0 has taken 2 GiB\n") << json;
    }
}

}  // namespace
}  // namespace plumbline
