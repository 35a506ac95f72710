// SPDX-License-Identifier: Apache-2.0
#include "harness/app/run/launch_rates.hpp"

#include "collectives/operations/payload.hpp"
#include "harness/host/process_memory.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
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

/// One look may be disturbed.
double middle(std::vector<double> values)
{
    const auto half = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), half, values.end());
    return *half;
}

}  // namespace

LaunchRates measure_launch_rates(Communicator& world)
{
    constexpr std::size_t bytes = std::size_t{4} << 20U;
    constexpr int looks = 5;
    constexpr int many = 10;  // few: no watchdog looks on yet
    const int ranks = world.size();
    const CollectiveCall call{.collective = Collective::allreduce, .count = bytes / sizeof(float)};
    std::vector<std::byte> data(bytes);
    std::vector<double> values(bytes / sizeof(double));
    std::vector<double> memory_s;
    std::vector<double> bytes_s;
    std::vector<double> calls_s;
    world.allreduce_max_each(values);  // the first one makes connections
    for (int i = 0; i < looks; ++i) {
        world.allreduce_max(0);  // all at once: ranks that share a core or a memory are slower together
        memory_s.push_back(std::max(seconds_of([&] { fill_expected(call, world.rank(), ranks, 0, data); }),
                                    seconds_of([&] { check_output(call, world.rank(), ranks, 0, data); })));
        world.allreduce_max(0);
        bytes_s.push_back(seconds_of([&] { world.allreduce_max_each(values); }));
        calls_s.push_back(seconds_of([&] {
            for (int k = 0; k < many; ++k) {
                world.allreduce_max(k);
            }
        }));
    }
    std::vector<double> slowest{middle(memory_s), middle(bytes_s), middle(calls_s) / many,
                                static_cast<double>(peak_memory())};
    world.allreduce_max_each(slowest);
    constexpr double least_s = 1e-9;
    // Of the program's own heap while it runs, beside what cases are bound to: 2 MiB at most in 100 runs.
    constexpr std::uint64_t own_growth = std::uint64_t{4} << 20U;
    return {.call_s = std::max(slowest[2], least_s),
            .bytes_per_s = 2 * static_cast<double>(bytes) / std::max(slowest[1], least_s),
            .memory_bytes_per_s = static_cast<double>(bytes) / std::max(slowest[0], least_s),
            .program_bytes = static_cast<std::uint64_t>(slowest[3]) + own_growth,
            .measured = true};
}

}  // namespace plumbline::app
