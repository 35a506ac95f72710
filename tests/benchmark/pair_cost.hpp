// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/backend.hpp"

#include <algorithm>
#include <chrono>
#include <memory>

namespace plumbline::test {

/// Least of several means: nanoseconds of a start() and finish() pair.
inline double pair_cost_ns(Operation& operation)
{
    constexpr int runs = 7;
    constexpr int pairs = 200'000;
    double least_ns = 1e9;
    for (int run = 0; run < runs; ++run) {
        const auto begin = std::chrono::steady_clock::now();
        for (int i = 0; i < pairs; ++i) {
            operation.start();
            operation.finish();
        }
        const std::chrono::duration<double, std::nano> spent = std::chrono::steady_clock::now() - begin;
        least_ns = std::min(least_ns, spent.count() / pairs);
    }
    return least_ns;
}

/// Of a small allreduce.
inline double allreduce_cost_ns(Group& group)
{
    const auto send = group.allocate(4096);
    const auto recv = group.allocate(4096);
    const auto operation = group.prepare({.collective = Collective::allreduce, .count = 1024}, *send, *recv);
    group.connect();
    return pair_cost_ns(*operation);
}

}  // namespace plumbline::test
