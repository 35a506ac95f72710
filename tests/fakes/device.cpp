// SPDX-License-Identifier: Apache-2.0
#include "tests/fakes/device.hpp"

#include "tests/fakes/faults.hpp"

#include <cstdlib>
#include <cstring>

namespace plumbline::fake {

int device_count()
{
    constexpr int usual = 8;
    const auto rule = rule_of("devices");
    return rule ? static_cast<int>(rule->value) : usual;
}

void* DeviceMemory::take(std::size_t bytes)
{
    constexpr std::size_t start_sync = 512;
    const std::lock_guard lock(mutex_);
    if (bytes > total - used_) {
        return nullptr;
    }
    void* const memory = std::aligned_alloc(start_sync, (bytes / start_sync + 1) * start_sync);
    if (memory != nullptr) {
        blocks_[memory] = bytes;
        used_ += bytes;
    }
    return memory;
}

bool DeviceMemory::give_back(void* memory)
{
    const std::lock_guard lock(mutex_);
    const auto block = blocks_.find(memory);
    if (block == blocks_.end()) {
        return memory == nullptr;
    }
    used_ -= block->second;
    blocks_.erase(block);
    std::free(memory);
    return true;
}

std::size_t DeviceMemory::free_bytes()
{
    const std::lock_guard lock(mutex_);
    return total - used_;
}

DeviceMemory& device_memory()
{
    static DeviceMemory own;
    return own;
}

void move_bytes(void* to, const void* from, std::size_t bytes)
{
    if (bytes > 0) {
        std::memmove(to, from, bytes);
    }
}

void record_event(void* event, void* stream)
{
    const auto recorded = event_of(event);
    put_on_stream(stream, {[recorded] { return ++recorded->recorded; },
                           [recorded](std::uint64_t number) { recorded->record(number); }});
}

bool elapsed(void* begin, void* end, float& milliseconds)
{
    const auto first = event_of(begin);
    const auto last = event_of(end);
    if (!first->done() || !last->done()) {
        return false;
    }
    milliseconds = static_cast<float>(1e3 * (last->at_s() - first->at_s()));
    return true;
}

}  // namespace plumbline::fake
