// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace plumbline {

/// Time as the backend sees it, in seconds from an arbitrary origin; monotonic. A simulated backend has a virtual one.
class Clock {
public:
    virtual ~Clock() = default;
    virtual double now_s() const noexcept = 0;
    /// Returns once now_s() has reached `moment_s`; spins, so that it returns as soon as it can.
    virtual void wait_until(double moment_s) const noexcept
    {
        while (now_s() < moment_s) {
        }
    }
};

}  // namespace plumbline
