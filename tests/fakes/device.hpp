// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/fakes/stream.hpp"

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>

namespace plumbline::fake {

/// Whether the runtime of CUDA has done anything yet that makes a context.
[[gnu::visibility("default")]] bool context_exists();

/// How many devices there are to be seen.
int device_count();

/// Memory of the one device that this process works on: host memory, of a limited amount, aligned as devices do it.
class DeviceMemory {
public:
    /// nullptr where there is not that much left.
    void* take(std::size_t bytes);
    /// False for what was not taken from it; a null pointer is no mistake.
    bool give_back(void* memory);
    std::size_t free_bytes();
    static constexpr std::size_t total = std::size_t{1} << 30;

private:
    std::mutex mutex_;
    std::map<void*, std::size_t> blocks_;
    std::size_t used_ = 0;
};
DeviceMemory& device_memory();

/// memmove() takes no null pointer, not even for no bytes.
void move_bytes(void* to, const void* from, std::size_t bytes);

/// What an event's handle points to. An event may be destroyed while a stream has not reached it yet.
using EventHandle = std::shared_ptr<Event>;
inline EventHandle event_of(void* handle)
{
    return *static_cast<EventHandle*>(handle);
}
/// Puts it on a stream, which notes when it comes to it.
void record_event(void* event, void* stream);
/// Milliseconds between two events; false where one was not reached.
bool elapsed(void* begin, void* end, float& milliseconds);

}  // namespace plumbline::fake
