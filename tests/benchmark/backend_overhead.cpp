/// backend_overhead LIBRARY: nanoseconds of a start() and finish() pair of the nccl backend on calls that cost nothing.
#include "tests/support/zero_cost_nccl.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>

int main(int argc, char** argv)
{
    using namespace plumbline;
    constexpr int runs = 7;
    constexpr int pairs = 200'000;
    if (argc != 2) {
        std::fputs("usage: backend_overhead LIBRARY\n", stderr);
        return 2;
    }
    try {
        testing::ZeroCostNccl nccl(argv[1]);
        const auto send = nccl.group().allocate(4096);
        const auto recv = nccl.group().allocate(4096);
        const auto operation = nccl.group().prepare({.collective = Collective::allreduce, .count = 1024}, *send, *recv);
        double least_ns = 1e9;
        for (int run = 0; run < runs; ++run) {
            const auto begin = std::chrono::steady_clock::now();
            for (int i = 0; i < pairs; ++i) {
                operation->start();
                operation->finish();
            }
            const std::chrono::duration<double, std::nano> spent = std::chrono::steady_clock::now() - begin;
            least_ns = std::min(least_ns, spent.count() / pairs);
        }
        std::printf("%.1f\n", least_ns);
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "backend_overhead: %s\n", error.what());
        return 2;
    }
}
