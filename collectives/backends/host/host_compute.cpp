// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/host/host_compute.hpp"

#include "collectives/api/blocking_operation.hpp"
#include "collectives/backends/host/host_gemm.hpp"
#include "collectives/util/error.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>

namespace plumbline {

namespace {

/// Each step needs the one before it (Knuth's 64-bit linear congruential generator), so that the time is that of a
/// chain of multiplications whatever the width of the core. The empty assembly hides the value from the optimiser,
/// which would otherwise leap over steps or drop them all.
[[gnu::noinline]] std::uint64_t work(std::uint64_t steps, std::uint64_t value)
{
    for (std::uint64_t i = 0; i < steps; ++i) {
        value = value * 6364136223846793005U + 1442695040888963407U;
        asm volatile("" : "+r"(value));
    }
    return value;
}

double trial_s(const Clock& clock, std::uint64_t steps)
{
    const double begin = clock.now_s();
    work(steps, 1);
    return clock.now_s() - begin;
}

}  // namespace

double calibrate_compute(const Clock& clock)
{
    constexpr double trial_length_s = 2e-3;
    constexpr std::uint64_t most_steps = std::uint64_t{1} << 26;
    constexpr int trials = 5;

    std::uint64_t steps = 1024;
    double best_s = trial_s(clock, steps);
    while (best_s < trial_length_s && steps < most_steps) {
        steps *= 2;
        best_s = trial_s(clock, steps);
    }
    for (int i = 0; i < trials; ++i) {
        best_s = std::min(best_s, trial_s(clock, steps));
    }
    return best_s > 0 ? static_cast<double>(steps) / best_s : 0;
}

std::unique_ptr<Operation> make_compute(std::uint64_t steps)
{
    return blocking([steps, value = std::uint64_t{1}]() mutable { value = work(steps, value); });
}

std::unique_ptr<Operation> make_sleep(double seconds)
{
    return blocking([pause = std::chrono::duration<double>(seconds)] { std::this_thread::sleep_for(pause); });
}

std::unique_ptr<Operation> make_compute(double seconds, double steps_per_s)
{
    if (steps_per_s <= 0) {
        throw BackendError("calibrating the compute stand-in", 0, "the clock stands still while a rank computes");
    }
    return make_compute(static_cast<std::uint64_t>(std::llround(seconds * steps_per_s)));
}

std::optional<std::string> unsupported_on_host(const ComputeCall& call)
{
    return call.kind == ComputeKind::gemm ? host_gemm_missing(call.dtype) : std::nullopt;
}

HostCompute::HostCompute(Communicator& world, const Clock& clock) : steps_per_s_(calibrate_compute(clock))
{
    world.allreduce_max_each({&steps_per_s_, 1});
}

std::unique_ptr<Operation> HostCompute::make(const ComputeCall& call) const
{
    switch (call.kind) {
        case ComputeKind::sleep:
            return make_sleep(call.seconds);
        case ComputeKind::gemm:
            return make_host_gemm(call);
        case ComputeKind::spin:
            break;
    }
    return make_compute(call.seconds, steps_per_s_);
}

}  // namespace plumbline
