// SPDX-License-Identifier: Apache-2.0
/// backend_overhead LIBRARY: nanoseconds of a start() and finish() pair of the nccl backend on calls that cost nothing.
#include "tests/benchmark/pair_cost.hpp"
#include "tests/support/zero_cost_nccl.hpp"

#include <cstdio>
#include <exception>

int main(int argc, char** argv)
{
    using namespace plumbline;
    if (argc != 2) {
        std::fputs("usage: backend_overhead LIBRARY\n", stderr);
        return 2;
    }
    try {
        test::ZeroCostNccl nccl(argv[1]);
        std::printf("%.1f\n", test::allreduce_cost_ns(nccl.group()));
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "backend_overhead: %s\n", error.what());
        return 2;
    }
}
