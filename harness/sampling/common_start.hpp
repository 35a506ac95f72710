// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/communicator.hpp"
#include "harness/sampling/case_context.hpp"
#include "harness/sync/start_sync.hpp"
#include "results/records/round.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

namespace plumbline {

/// How the ranks of a case come to a common start before each sample, and when this rank then started: as the settings
/// say or, without a Synchronisation, by the library's barrier.
class CommonStart {
public:
    explicit CommonStart(const CaseContext& ranks);

    /// Why the ranks can't be brought together so, one sentence; the same on all ranks.
    std::optional<std::string> refusal() const;
    /// Collective: before the first start of the round.
    void begin_round();
    void reserve(std::size_t samples) { starts_.reserve(samples); }

    /// Collective over the group: before something that is no sample.
    void synchronize() { start_sync_->synchronize(); }
    /// Collective over the group: before a sample. Tells the watchdog.
    void begin_sample();
    /// Right after the sample: when this rank began it, on its own clock.
    void note(double begin_s) { starts_.add(begin_s, late_); }

    /// Collective over the members: how samples were started and, where all were noted and the ranks share a clock,
    /// when; on the case root.
    void collect(Round& round) const;

private:
    Communicator& members_;
    const MeasureSettings& settings_;
    const Clock& clock_;
    std::unique_ptr<StartSync> library_barrier_;
    StartSync* start_sync_;
    StartLog starts_;
    bool late_ = false;
};

}  // namespace plumbline
