// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/backend.hpp"
#include "collectives/api/communicator.hpp"
#include "harness/sampling/traffic_once.hpp"
#include "harness/sync/start_sync.hpp"
#include "harness/util/rank_status.hpp"
#include "results/statistics/statistics.hpp"
#include "scenarios/model/scenario.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace plumbline {

/// What a round of a case is measured with, the same on all its ranks.
struct MeasureSettings {
    bool verify = true;
    std::uint32_t batch = 0;  ///< executions a sample; 0 = so many that a sample is at least 200 clock readings long
    double clock_cost_s = 0;  ///< of one reading, the same value on all ranks
    /// Over the same ranks as the case; null: the library's barrier, and starts that are not compared.
    Synchronisation* synchronisation = nullptr;
    int round = 0;  ///< of the case within the file, for what is drawn anew in each
    /// Gives the groups of a workload's subgroups; null where no case has any.
    JoinSubgroups join_subgroups = nullptr;
    /// Gives the group of some ranks of the case. Collective over them alone. Throws BackendError.
    std::function<Group&(const std::vector<int>& ranks)> join_subgroup = nullptr;
    RankStatus* status = nullptr;  ///< where this rank is, for the watchdog; null: nobody watches
    /// A BackendError of an execution makes the case failed, on all ranks; otherwise it is thrown.
    bool survives_failure = false;
    bool watch_interference = false;  ///< where the ranks are processes of their own
    TrafficOnce* traffic = nullptr;   ///< what ranks of this process share; null: each rank makes its own
    /// The state of this rank's device; empty where ranks have none.
    std::function<std::optional<DeviceReading>()> read_device = {};
    double slice_s = 0.1;  ///< ranks talk to each other about that often while a case runs
    /// Asked between samples on each rank: true ends the round on all ranks.
    std::function<bool()> interrupted = [] { return false; };
    /// Told after each slice on the case's root.
    std::function<void(std::size_t samples, std::optional<double> median_s, std::optional<Interval>)> progress = {};
};

/// Tells the watchdog; never between time stamps.
inline void report_phase(const MeasureSettings& settings, RankPhase phase) noexcept
{
    if (settings.status != nullptr) {
        if (phase == RankPhase::aligning) {
            settings.status->next_sample();
        }
        settings.status->enter(phase);
    }
}

/// The ranks of a case, and with what a round of it is measured. Refers to all of it.
struct CaseContext {
    Group& group;
    Communicator& members;
    const Clock& clock;
    const Case& c;
    const MeasureSettings& settings;
    const std::vector<int>& nodes;  ///< [rank of the case]
};

}  // namespace plumbline
