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
    /// In which at least one begun collective was on its way, whatever the rank did meanwhile.
    double in_flight_s = 0;

    double of(TimeCategory part) const { return seconds[static_cast<std::size_t>(part)]; }
};

/// When one step began and ended, on the clock of the workload. A begun collective ends when it was seen to be done.
struct StepStamps {
    double begin_s = 0;
    double end_s = 0;
};

/// Which steps of a program are carried out.
enum class StepSubset : std::uint8_t {
    all,
    compute,        ///< computing alone
    communication,  ///< everything but computing
};

/// Gives the groups of this rank's subgroups, in order, the same one for the same ranks. Collective over the case,
/// whose ranks list subgroups of one purpose at the same place. Throws BackendError.
using JoinSubgroups = std::function<std::vector<Group*>(const std::vector<std::vector<int>>& subgroups)>;

/// A program bound to a group: buffers allocated, every step prepared. The clock gives the shares.
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

    /// Of the execution that just finished.
    StepShares shares() const noexcept;

    /// The next execution carries out these steps alone; the same on all ranks.
    void run_next(StepSubset subset);

    /// The next execution notes when each step began and ended; stamps() has them then, one a step.
    void trace_next();
    std::span<const StepStamps> stamps() const noexcept;

    /// Bytes of all buffers that a program allocates on this rank.
    static std::uint64_t buffer_bytes(const Program& program, int rank, int ranks);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace plumbline
