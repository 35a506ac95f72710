// SPDX-License-Identifier: Apache-2.0
#include "harness/host/l1_copy_probe.hpp"

#include "results/statistics/statistics.hpp"

#include <atomic>
#include <chrono>

namespace plumbline {

namespace {
constexpr int copy_batches = 15;
constexpr int copies_of_a_batch = 64;

double now_s()
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}
}  // namespace

double L1CopyProbe::seconds()
{
    std::array<double, copy_batches> of_batch{};
    for (double& each : of_batch) {
        const double begin = now_s();
        for (int i = 0; i < copies_of_a_batch; ++i) {
            to_.data = from_.data;
            std::atomic_signal_fence(std::memory_order_seq_cst);  // keeps the compiler from removing copies
        }
        each = (now_s() - begin) / copies_of_a_batch;
    }
    return *median(of_batch);
}

}  // namespace plumbline
