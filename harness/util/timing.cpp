// SPDX-License-Identifier: Apache-2.0
#include "harness/util/timing.hpp"

#include "results/statistics/statistics.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <vector>

namespace plumbline {

double shortest_sample_s(double clock_cost_s)
{
    constexpr double clock_readings_per_sample = 200;
    return clock_readings_per_sample * clock_cost_s;
}

std::uint32_t batch_for(double execution_s, double clock_cost_s)
{
    constexpr double most_executions_per_sample = 10000;
    if (execution_s <= 0) {
        return 1;
    }
    return static_cast<std::uint32_t>(
        std::clamp(std::ceil(shortest_sample_s(clock_cost_s) / execution_s), 1.0, most_executions_per_sample));
}

double clock_cost(const Clock& clock)
{
    constexpr int runs = 7;
    constexpr int readings = 1000;
    double least = 1;
    // Reading a simulated clock takes no time.
    for (int run = 0; run < runs && least > 0; ++run) {
        const double begin = clock.now_s();
        for (int i = 0; i < readings; ++i) {
            static_cast<void>(clock.now_s());
        }
        least = std::min(least, (clock.now_s() - begin) / (readings + 1));
    }
    return least;
}

double empty_operation_cost(const Clock& clock)
{
    class Nothing final : public Operation {
    public:
        void start() override {}
        void finish() override {}
    };
    constexpr std::size_t samples = 1001;
    Nothing nothing;
    std::vector<double> seconds(samples);
    for (double& second : seconds) {
        second = time_sample(nothing, clock, 1).seconds;
    }
    return median(seconds).value_or(0);
}

double steady_now_s()
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double unix_now_s()
{
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace plumbline
