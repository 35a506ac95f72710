// SPDX-License-Identifier: Apache-2.0
#include "harness/app/run/signal_word.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <future>

namespace plumbline::app {
namespace {

TEST(SignalWord, is_spoken_once_where_what_is_under_way_goes_on)
{
    std::promise<void> spoken;
    const SignalWord word([&] { spoken.set_value(); }, std::chrono::milliseconds(1));  // a second call would throw
    tell_signal_word();
    tell_signal_word();
    EXPECT_EQ(spoken.get_future().wait_for(std::chrono::seconds(60)), std::future_status::ready);
}

TEST(SignalWord, is_not_spoken_where_it_ends_before_or_no_signal_comes)
{
    bool spoken = false;
    {
        const SignalWord word([&] { spoken = true; }, std::chrono::minutes(10));
        tell_signal_word();
    }
    {
        const SignalWord word([&] { spoken = true; }, std::chrono::milliseconds(0));
    }
    tell_signal_word();  // nobody is there
    EXPECT_FALSE(spoken);
}

}  // namespace
}  // namespace plumbline::app
