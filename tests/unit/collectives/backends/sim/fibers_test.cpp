// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/sim/fibers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <exception>
#include <stdexcept>
#include <string>
#include <vector>

namespace plumbline::sim {
namespace {

using testing::Each;
using testing::ElementsAre;

TEST(Fibers, go_on_in_the_order_in_which_they_came_to_wait)
{
    WaitingFibers door;
    bool open = false;
    std::vector<std::size_t> order;
    run_fibers(4, [&](std::size_t i) {
        if (i == 3) {
            open = true;
            door.wake_all();
        }
        door.wait([&] { return open; });
        order.push_back(i);
    });
    EXPECT_THAT(order, ElementsAre(3, 0, 1, 2));
}

TEST(Fibers, look_again_when_what_they_wait_for_has_not_come)
{
    WaitingFibers turn;
    std::size_t at = 0;
    std::vector<std::size_t> order;
    run_fibers(3, [&](std::size_t i) {
        turn.wait([&] { return at == 2 - i; });
        order.push_back(i);
        ++at;
        turn.wake_all();
    });
    EXPECT_THAT(order, ElementsAre(2, 1, 0));
}

TEST(Fibers, that_all_wait_are_told_so_and_none_waits_again)
{
    WaitingFibers never;
    std::vector<std::string> said;
    run_fibers(3, [&](std::size_t i) {
        for (int again = 0; again < 2; ++again) {
            try {
                never.wait([] { return false; });
            } catch (const std::runtime_error& error) {
                said.emplace_back(error.what());
            }
        }
        if (i == 0) {
            never.wake_all();  // nobody is left there
        }
    });
    EXPECT_THAT(said, testing::SizeIs(6));
    EXPECT_THAT(said, Each("every simulated rank waits for another"));
}

TEST(Fibers, have_exceptions_in_flight_of_their_own)
{
    WaitingFibers door;
    std::size_t inside = 0;
    std::vector<std::string> caught(3);
    run_fibers(3, [&](std::size_t i) {
        struct WaitsWhenDestroyed {
            WaitsWhenDestroyed(WaitingFibers& at, std::size_t& count, bool by_exception)
                : door(at), inside(count), thrown(by_exception)
            {
            }
            WaitsWhenDestroyed(const WaitsWhenDestroyed&) = delete;
            WaitsWhenDestroyed& operator=(const WaitsWhenDestroyed&) = delete;
            ~WaitsWhenDestroyed()
            {
                EXPECT_EQ(std::uncaught_exceptions(), thrown ? 1 : 0);
                ++inside;
                door.wake_all();
                door.wait([this] { return inside >= 3; });
                EXPECT_EQ(std::uncaught_exceptions(), thrown ? 1 : 0);
            }
            WaitingFibers& door;
            std::size_t& inside;
            bool thrown;
        };
        try {
            const WaitsWhenDestroyed guard(door, inside, i != 1);
            if (i != 1) {
                throw std::runtime_error(std::to_string(i));
            }
        } catch (const std::runtime_error& error) {
            door.wait([&] { return inside >= 3; });
            caught[i] = error.what();
        }
        EXPECT_EQ(std::current_exception(), nullptr);
    });
    EXPECT_THAT(caught, ElementsAre("0", "", "2"));
}

TEST(Fibers, run_inside_one_another)
{
    int sum = 0;
    run_fibers(2, [&](std::size_t outer) {
        WaitingFibers pair;
        int come = 0;
        run_fibers(2, [&](std::size_t inner) {
            ++come;
            pair.wake_all();
            pair.wait([&] { return come == 2; });
            sum += static_cast<int>(10 * outer + inner);
        });
    });
    EXPECT_EQ(sum, 0 + 1 + 10 + 11);
}

TEST(Fibers, alone_can_wait)
{
    WaitingFibers nobody;
    nobody.wait([] { return true; });
    EXPECT_THROW(nobody.wait([] { return false; }), std::logic_error);
    nobody.wake_all();
}

TEST(Fibers, are_sixteen_thousand_where_that_is_asked_for)
{
    constexpr std::size_t count = 16'384;
    WaitingFibers gate;
    std::size_t come = 0;
    std::size_t left = 0;
    run_fibers(count, [&](std::size_t) {
        if (++come == count) {
            gate.wake_all();
        }
        gate.wait([&] { return come == count; });
        ++left;
    });
    EXPECT_EQ(left, count);
}

}  // namespace
}  // namespace plumbline::sim
