// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/clock.hpp"
#include "collectives/api/communicator.hpp"
#include "collectives/api/compute.hpp"
#include "collectives/api/operation.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace plumbline {

/// Steps of the synthetic work that this core does in a second, the best of several trials of about 2 ms. 0 when the
/// clock doesn't advance while a rank computes (a simulator's may not).
double calibrate_compute(const Clock& clock);

/// `steps` steps of work, all of them in start().
std::unique_ptr<Operation> make_compute(std::uint64_t steps);

/// An idle core for at least `seconds`.
std::unique_ptr<Operation> make_sleep(double seconds);

/// `seconds` of work at `steps_per_s`. Throws BackendError where that is not known (0).
std::unique_ptr<Operation> make_compute(double seconds, double steps_per_s);

/// Why a host can't do this compute, one sentence; nothing when it can.
std::optional<std::string> unsupported_on_host(const ComputeCall& call);

/// The synthetic compute of backends whose ranks compute on the host: the same amount of work on every rank.
class HostCompute {
public:
    /// Collective over world: calibrated by the fastest rank.
    HostCompute(Communicator& world, const Clock& clock);
    /// What is not unsupported_on_host().
    std::unique_ptr<Operation> make(const ComputeCall& call) const;

private:
    double steps_per_s_;
};

}  // namespace plumbline
