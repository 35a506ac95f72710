// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/mpi/algorithm_control.hpp"

#include "collectives/util/hash.hpp"
#include "tests/mpi/launch.hpp"

#include <cstdint>
#include <cstring>
#include <memory>
#include <numeric>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace plumbline {
namespace {

/// What the roundings of a sum make of many numbers: it depends on the order in which the ranks' parts are added.
std::vector<float> sum_by(Group& group)
{
    constexpr std::uint64_t count = 100'000;
    CollectiveCall call;
    call.count = count;
    std::vector<float> mine(count);
    std::uint32_t state = static_cast<std::uint32_t>(group.rank()) * 7919U + 1;
    for (float& value : mine) {
        state = state * 1664525U + 1013904223U;
        value = static_cast<float>(state) / 1e5F;
    }
    const auto send = group.allocate(count * sizeof(float));
    const auto recv = group.allocate(count * sizeof(float));
    send->upload(0, std::as_bytes(std::span(mine)));
    const auto operation = group.prepare(call, *send, *recv);
    operation->start();
    operation->finish();
    recv->download(0, std::as_writable_bytes(std::span(mine)));
    return mine;
}

const std::vector<Algorithm>& of_allreduce(const AvailableAlgorithms& offer)
{
    return offer.of.at(Collective::allreduce);
}

AvailableAlgorithms available()
{
    return session().make_backend()->algorithm_selection()->available();
}

TEST(AlgorithmControl, the_library_names_its_algorithms_and_how_a_user_sets_each)
{
    const AvailableAlgorithms offer = available();
    ASSERT_EQ(offer.why_not, "");
    std::set<std::string> names;
    for (const Algorithm& algorithm : of_allreduce(offer)) {
        names.insert(algorithm.name);
        EXPECT_TRUE(algorithm.setting.starts_with(
            "OMPI_MCA_coll_tuned_use_dynamic_rules=1 OMPI_MCA_coll_tuned_allreduce_algorithm="))
            << algorithm.setting;
    }
    EXPECT_TRUE(names.contains("ring"));
    EXPECT_TRUE(names.contains("recursive_doubling"));
    EXPECT_FALSE(names.contains("ignore"));
    EXPECT_FALSE(offer.of.contains(Collective::pingpong));
    EXPECT_TRUE(offer.of.contains(Collective::broadcast));
    EXPECT_TRUE(offer.of.contains(Collective::reduce_scatter));
}

TEST(AlgorithmControl, a_group_adds_up_in_the_order_of_its_algorithm_and_the_next_one_in_the_default_order_again)
{
    Communicator& world = session().world();
    if (world.size() < 3) {
        GTEST_SKIP() << "two numbers are added in one order alone: 3 ranks or more";
    }
    const auto backend = session().make_backend();
    const auto by_default = sum_by(*backend->make_group(world));
    std::set<std::vector<float>> sums;
    std::string other;  // one that shows
    const AvailableAlgorithms offer = backend->algorithm_selection()->available();
    for (const Algorithm& algorithm : of_allreduce(offer)) {
        const auto sum = sum_by(*backend->algorithm_selection()->make_group(
            {.collective = Collective::allreduce, .name = algorithm.name}, world));
        sums.insert(sum);
        other = sum == by_default ? other : algorithm.name;
    }
    EXPECT_GE(sums.size(), 2U);
    ASSERT_NE(other, "");
    backend->algorithm_selection()->make_group({.collective = Collective::allreduce, .name = other}, world);
    // The same ranks in another order: a communicator that was not there before. A rank's part goes by its place.
    std::vector<int> turned(static_cast<std::size_t>(world.size()));
    std::iota(turned.begin(), turned.end(), 1);
    turned.back() = 0;
    const auto members = world.subgroup(turned);
    EXPECT_EQ(sum_by(*backend->make_group(*members)), by_default);
}

TEST(AlgorithmControl, what_is_not_offered_is_refused)
{
    const auto backend = session().make_backend();
    EXPECT_THROW(backend->algorithm_selection()->make_group({.collective = Collective::allreduce, .name = "rign"},
                                                            session().world()),
                 std::logic_error);
}

}  // namespace
}  // namespace plumbline
