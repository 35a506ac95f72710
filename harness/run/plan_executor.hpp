// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/backend.hpp"
#include "collectives/api/communicator.hpp"
#include "harness/run/progress.hpp"
#include "harness/sampling/traffic_once.hpp"
#include "harness/util/rank_status.hpp"
#include "results/records/result_sink.hpp"
#include "scenarios/model/scenario.hpp"
#include "scenarios/plan/time_bound.hpp"

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <utility>

namespace plumbline {

/// What a run needs. `sink` and `progress` are real ones on rank 0 and null ones elsewhere.
struct RunSetup {
    Communicator& world;
    Backend& backend;
    Backend* sync_backend = nullptr;  ///< brings the ranks of a case to a common start; null: `backend` does
    const Scenario& scenario;
    const Plan& plan;
    const Topology& topology;
    ResultSink& sink;
    Progress& progress;
    /// (case id, round) that are in the file already; the same on all ranks. Numbers of rounds go on from launch to
    /// launch.
    std::set<std::pair<int, int>> stored;
    int launch = 0;                   ///< how many launches are in the file already; the same on all ranks
    int first_position = 0;           ///< slots that the launch executed before this plan
    TimeBound bound = {};             ///< of the plan, for the progress
    std::uint64_t program_bytes = 0;  ///< of memory that a rank takes before the first case; 0: not known
    double clock_cost_s = 0;          ///< the same on all ranks
    RankStatus* status = nullptr;     ///< of this rank, for its watchdog; null: there is none
    TrafficOnce* traffic = nullptr;   ///< shared by the ranks of this process; null: each makes its own
    bool probe_hosts = false;         ///< take the state of the machine around each round; the same on all ranks
    std::function<bool()> interrupted = [] { return false; };
};

struct RunOutcome {
    int first_round = 0;  ///< of this launch within the file
    int stored = 0;       ///< on rank 0: rounds in the file now, kept ones too
    int planned = 0;      ///< rounds of all cases
    int cases = 0;
    bool interrupted = false;
    std::string store_error;  ///< not empty: the sink gave up (on rank 0; "see rank 0" elsewhere)
    bool complete() const { return !interrupted && store_error.empty(); }
};

/// Executes the plan and calls sink.finish(). Collective over world. Ranks that sit a case out sleep between polls. A
/// case that can't run is recorded with its reason, and the run goes on.
RunOutcome run_plan(const RunSetup& setup);

}  // namespace plumbline
