// SPDX-License-Identifier: Apache-2.0
#include "harness/sampling/choose_batch.hpp"

#include "harness/util/timing.hpp"

namespace plumbline {

std::uint32_t choose_batch(double cold_s, double clock_cost_s, const TakeLook& look)
{
    constexpr int most_looks = 3;
    constexpr double most_cold = 10;  // times as long as a settled one
    if (cold_s >= most_cold * shortest_sample_s(clock_cost_s)) {
        return 1;
    }
    std::uint32_t batch = batch_for(cold_s, clock_cost_s);
    for (int looks = 0; looks < most_looks; ++looks) {
        const auto settled_s = look(batch);
        if (!settled_s) {
            return batch;
        }
        const std::uint32_t better = batch_for(*settled_s, clock_cost_s);
        if (better <= batch) {
            return batch;
        }
        batch = better;
    }
    return batch;
}

}  // namespace plumbline
