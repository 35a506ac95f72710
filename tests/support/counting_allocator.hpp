// SPDX-License-Identifier: Apache-2.0
#pragma once

/// What this thread takes from the heap by operator new while it is asked to count: for a program that has
/// counting_allocator.cpp in it.
namespace plumbline::test {

void start_counting() noexcept;
/// Allocations since start_counting().
int stop_counting() noexcept;

}  // namespace plumbline::test
