// SPDX-License-Identifier: Apache-2.0
#include "tests/support/counting_allocator.hpp"

#include <cstddef>
#include <cstdlib>
#include <new>

namespace {

thread_local bool counting = false;
thread_local int allocations = 0;

void* take(std::size_t bytes)
{
    allocations += counting ? 1 : 0;
    void* const memory = std::malloc(bytes == 0 ? 1 : bytes);
    if (memory == nullptr) {
        throw std::bad_alloc();
    }
    return memory;
}

}  // namespace

void* operator new(std::size_t bytes)
{
    return take(bytes);
}
void* operator new[](std::size_t bytes)
{
    return take(bytes);
}
void operator delete(void* memory) noexcept
{
    std::free(memory);
}
void operator delete[](void* memory) noexcept
{
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept
{
    std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept
{
    std::free(memory);
}

namespace plumbline::test {

void start_counting() noexcept
{
    allocations = 0;
    counting = true;
}

int stop_counting() noexcept
{
    counting = false;
    return allocations;
}

}  // namespace plumbline::test
