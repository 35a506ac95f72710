// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/clock.hpp"
#include "collectives/api/group.hpp"
#include "collectives/api/operation.hpp"
#include "collectives/workloads/program.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace plumbline {

/// Seconds of one execution that this rank spent in each part. Together they are the whole execution.
struct StepShares {
    std::array<double, all_parts.size()> seconds{};
    /// Time in which at least one collective was in flight, whatever the rank did meanwhile.
    double in_flight_s = 0;

    double of(TimeCategory part) const { return seconds[static_cast<std::size_t>(part)]; }
};

/// When one step began and ended, on the clock of the workload. A collective in flight ends when it is seen to be done.
struct StepStamps {
    double begin_s = 0;
    double end_s = 0;
};

/// Which steps of a program are executed.
enum class StepSubset : std::uint8_t {
    all,
    compute,        ///< compute alone
    communication,  ///< everything except compute
};

/// Returns the groups of this rank's subgroups in their order, the same group for the same ranks. Collective over the
/// case; all ranks list subgroups of one purpose at the same index. Throws BackendError.
using JoinSubgroups = std::function<std::vector<Group*>(const std::vector<std::vector<int>>& subgroups)>;

/// A program bound to a group, with its buffers allocated and every step prepared. `clock` measures the shares.
class WorkloadOperation final : public Operation {
public:
    /// Throws std::bad_alloc, BackendError. `group`, the subgroups' groups and `clock` must outlive it. `join` may be
    /// null where no step has a subgroup; else it is collective over the group.
    WorkloadOperation(Group& group, const Clock& clock, const Program& program, const JoinSubgroups& join = nullptr);
    ~WorkloadOperation() override;

    /// Collective over each subgroup, in order, before the first start(): see Group::connect().
    void connect_subgroups();

    void start() override;
    void finish() override;

    /// Shares of the execution that has just finished.
    StepShares shares() const noexcept;

    /// The next execution is limited to these steps; the same on all ranks.
    void run_next(StepSubset subset);

    /// The next execution records when each step began and ended; afterwards stamps() has one entry per step.
    void trace_next();
    std::span<const StepStamps> stamps() const noexcept;

    /// Bytes of all buffers that the program allocates on this rank.
    static std::uint64_t buffer_bytes(const Program& program, int rank, int ranks);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace plumbline
