// SPDX-License-Identifier: Apache-2.0
/// workload_cost: two lines. Seconds to write the steps of every rank of a training_step for 12,288 ranks, and how many
/// those are; nanoseconds of a step that an execution takes where all that it does costs nothing.
#include "collectives/api/buffer.hpp"
#include "collectives/api/group.hpp"
#include "collectives/api/operation.hpp"
#include "collectives/backends/host/host_clock.hpp"
#include "collectives/workloads/catalogue.hpp"
#include "collectives/workloads/executor.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace plumbline {
namespace {

using Steady = std::chrono::steady_clock;

/// MegaScale's largest published run (Jiang et al. 2024, table 2).
TrainingStepSpec published_step()
{
    TrainingStepSpec spec;
    spec.model = find_model("megascale-175b").value_or(ModelCard{});
    spec.tensor = 8;
    spec.pipeline = 8;
    spec.global_batch = 6144;
    spec.compute_flops = 172e12;
    return spec;
}

void plan_all_ranks()
{
    constexpr int ranks = 12288;
    const TrainingStepSpec spec = published_step();
    std::size_t steps = 0;
    const auto begin = Steady::now();
    for (int rank = 0; rank < ranks; ++rank) {
        // Each rank writes its own alone: one at a time is held.
        steps += training_step_program(spec, rank, ranks).steps.size();
    }
    const std::chrono::duration<double> spent = Steady::now() - begin;
    std::printf("%.3f %zu\n", spent.count(), steps);
}

class NothingOperation final : public Operation {
public:
    void start() override {}
    void finish() override {}
};

class NothingBuffer final : public Buffer {
public:
    explicit NothingBuffer(std::uint64_t bytes) : bytes_(bytes) {}
    std::uint64_t size_bytes() const override { return bytes_; }
    void upload(std::uint64_t, std::span<const std::byte>) override {}
    void download(std::uint64_t, std::span<std::byte>) const override {}
    void fill(std::byte) override {}

private:
    std::uint64_t bytes_;
};

/// What it is asked for takes no time.
class NothingGroup final : public Group {
public:
    explicit NothingGroup(int size) : Group(0, size) {}
    std::optional<std::string> unsupported_reason(const CollectiveCall&) const override { return std::nullopt; }
    std::unique_ptr<Buffer> allocate(std::uint64_t bytes, MemoryUse) override
    {
        return std::make_unique<NothingBuffer>(bytes);
    }
    std::uint64_t available_bytes(MemoryUse) const override { return 0; }
    std::unique_ptr<Operation> prepare(const CollectiveCall&, Buffer&, Buffer&) override { return nothing(); }
    std::unique_ptr<Operation> prepare_send(int, int, Buffer&, std::uint64_t) override { return nothing(); }
    std::unique_ptr<Operation> prepare_receive(int, int, Buffer&, std::uint64_t) override { return nothing(); }
    std::unique_ptr<Operation> prepare_compute(const ComputeCall&) override { return nothing(); }
    void synchronize() override {}

private:
    static std::unique_ptr<Operation> nothing() { return std::make_unique<NothingOperation>(); }
};

void execute_one_rank()
{
    constexpr int runs = 7;
    constexpr int executions = 30;
    constexpr int ranks = 12288;
    const Program program = training_step_program(published_step(), 0, ranks);
    NothingGroup group(ranks);
    NothingGroup subgroup(8);
    // What a reading of it costs is part of what a step costs.
    const HostClock clock(monotonic_second());
    WorkloadOperation step(group, clock, program, [&](const std::vector<std::vector<int>>& subgroups) {
        return std::vector<Group*>(subgroups.size(), &subgroup);
    });
    double least_ns = 1e9;
    for (int run = 0; run < runs; ++run) {
        const auto begin = Steady::now();
        for (int i = 0; i < executions; ++i) {
            step.start();
            step.finish();
        }
        const std::chrono::duration<double, std::nano> spent = Steady::now() - begin;
        least_ns = std::min(least_ns, spent.count() / (static_cast<double>(program.steps.size()) * executions));
    }
    std::printf("%.1f\n", least_ns);
}

}  // namespace
}  // namespace plumbline

int main()
{
    try {
        plumbline::plan_all_ranks();
        plumbline::execute_one_rank();
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "workload_cost: %s\n", error.what());
        return 2;
    }
}
