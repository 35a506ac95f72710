// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>

namespace plumbline::sim {

class Fiber;

/// Runs `body(i)` for each i in [0, count) as fibers of the calling thread and returns when all have returned. `body`
/// throws nothing. One runs at a time, and another one only while it waits in a WaitingFibers: what they share needs
/// no lock, and their order is the same in every run. May be called again within a body.
/// Throws std::bad_alloc where there is no room for the stacks; nothing has run then.
void run_fibers(std::size_t count, const std::function<void(std::size_t)>& body);

/// What fibers wait for, as a condition variable is to threads. Belongs to one run_fibers().
class WaitingFibers {
public:
    WaitingFibers() = default;
    WaitingFibers(const WaitingFibers&) = delete;
    WaitingFibers& operator=(const WaitingFibers&) = delete;

    /// Returns at once where `ready`. Otherwise the other fibers go on, and this one looks again when woken.
    /// Throws std::runtime_error when no fiber could ever go on (each waits), and std::logic_error outside of a fiber.
    template <class Ready>
    void wait(Ready ready)
    {
        while (!ready()) {
            suspend();
        }
    }

    /// Those that wait go on, first come first served, once this fiber waits or ends.
    void wake_all();

private:
    void suspend();

    Fiber* first_ = nullptr;
    Fiber* last_ = nullptr;
};

}  // namespace plumbline::sim
