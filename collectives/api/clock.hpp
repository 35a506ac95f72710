// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>

namespace plumbline {

/// Time as the backend sees it, in seconds from an arbitrary origin; monotonic. A simulated backend has a virtual one.
class Clock {
public:
    virtual ~Clock() = default;
    virtual double now_s() const noexcept = 0;
    /// What it counts in a second; 0: it doesn't count, and shows any number.
    virtual double counts_per_second() const noexcept { return 0; }
    /// Returns once now_s() has reached `moment_s`; spins, so that it returns as soon as it can.
    virtual void wait_until(double moment_s) const noexcept
    {
        while (now_s() < moment_s) {
        }
    }
};

/// `seconds` that were taken with the clock, freed of what doubles add: the quotient nearest to its whole counts over
/// `executions`, so that they can be stored as counts and read back to the last bit. Pure.
inline double in_counts(double seconds, const Clock& clock, std::uint32_t executions)
{
    const double per_second = clock.counts_per_second();
    return per_second > 0 ? std::nearbyint(seconds * per_second) / (per_second * executions) : seconds / executions;
}

}  // namespace plumbline
