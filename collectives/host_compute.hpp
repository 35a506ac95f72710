#pragma once

#include "collectives/backend.hpp"

#include <cstdint>
#include <memory>

namespace plumbline {

/// Steps of the stand-in work that this core does in a second, the best of several trials of about 2 ms. 0 when the
/// clock doesn't advance while a rank computes (a simulator's may not).
double calibrate_compute(const Clock& clock);

/// `steps` steps of work, all of them in start().
std::unique_ptr<Operation> make_compute(std::uint64_t steps);

/// An idle core for at least `seconds`.
std::unique_ptr<Operation> make_sleep(double seconds);

}  // namespace plumbline
