// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/communicator.hpp"
#include "harness/sampling/prepared_case.hpp"
#include "harness/sampling/timeline.hpp"
#include "results/records/round.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace plumbline {

/// What a workload's executions are made of, on this rank, while a round goes on. Empty for a collective.
class WorkloadLog {
public:
    /// Collective over members: all ranks keep the same shares.
    WorkloadLog(Communicator& members, PreparedCase& bound);

    void reserve(std::size_t samples);
    /// Of the execution that just finished.
    void add();

    /// Whether there is compute beside communication on any rank.
    bool can_isolate() const { return can_isolate_; }
    std::size_t isolated() const { return compute_alone_s_.size(); }
    /// Of an execution of that part alone.
    void add_isolated(StepSubset subset, double seconds);

    bool can_trace() const { return bound_.workload() != nullptr; }
    /// Before an execution and after it; `sample`: which of the round's it is, `begin_s`: its start here.
    void begin_trace();
    void end_trace(std::size_t sample, double begin_s);

    /// Collective over members: puts it all into the case root's round. `gather` brings one column a rank together; the
    /// round has its start offsets already.
    void collect(Round& round, const std::function<SampleMatrix(const std::vector<double>&)>& gather);

private:
    struct Share {
        std::string name;
        std::optional<TimeCategory> part;  ///< nothing: in flight
        std::vector<double> values;
    };

    Communicator& members_;
    PreparedCase& bound_;
    std::vector<Share> shares_;
    bool can_isolate_ = false;
    std::vector<double> compute_alone_s_;
    std::vector<double> communication_alone_s_;
    std::optional<TracedSample> traced_;
};

}  // namespace plumbline
