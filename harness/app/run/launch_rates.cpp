// SPDX-License-Identifier: Apache-2.0
#include "harness/app/run/launch_rates.hpp"

#include "collectives/operations/payload.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <span>
#include <vector>

namespace plumbline::app {

namespace {

template <class Work>
double seconds_of(Work work)
{
    const auto begin = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace

LaunchRates measure_launch_rates(Communicator& world)
{
    constexpr std::size_t bytes = std::size_t{4} << 20U;
    constexpr int few = 3;
    constexpr int many = 50;
    const int ranks = world.size();
    const CollectiveCall call{.collective = Collective::allreduce, .count = bytes / sizeof(float)};
    std::vector<std::byte> data(bytes);
    std::vector<double> values(bytes / sizeof(double));
    double memory_s = 0;
    double bytes_s = 0;
    double calls_s = 0;
    for (int i = 0; i < few; ++i) {
        world.allreduce_max(0);  // all at once: ranks that share a core or a memory are slower together
        memory_s = std::max(memory_s, seconds_of([&] { fill_expected(call, world.rank(), ranks, 0, data); }));
        memory_s = std::max(memory_s, seconds_of([&] { check_output(call, world.rank(), ranks, 0, data); }));
        world.allreduce_max_each(values);  // the first one makes connections
        bytes_s = std::max(bytes_s, seconds_of([&] { world.allreduce_max_each(values); }));
    }
    for (int i = 0; i < few; ++i) {
        calls_s = std::max(calls_s, seconds_of([&] {
                               for (int k = 0; k < many; ++k) {
                                   world.allreduce_max(k);
                               }
                           }));
    }
    std::vector<double> slowest{memory_s, bytes_s, calls_s / many};
    world.allreduce_max_each(slowest);
    constexpr double least_s = 1e-9;
    return {.call_s = std::max(slowest[2], least_s),
            .bytes_per_s = 2 * static_cast<double>(bytes) / std::max(slowest[1], least_s),
            .memory_bytes_per_s = static_cast<double>(bytes) / std::max(slowest[0], least_s),
            .measured = true};
}

}  // namespace plumbline::app
