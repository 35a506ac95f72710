// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/communicator.hpp"
#include "harness/endure/checkpoint.hpp"
#include "harness/endure/messages.hpp"
#include "harness/util/rank_status.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace plumbline::app {

/// The checkpoints of a job: those of all its ranks, agreed on.
class SoakCheckpoints {
public:
    /// `settings`: the supervisor's, the same on all ranks. `status`: shows that a rank that writes or reads is alive.
    SoakCheckpoints(Communicator& world, const endure::Message& settings, RankStatus& status);

    /// Collective: throws ConfigError on every rank where a folder can't be made, holds another soak's checkpoints, or
    /// has no room for the two that are kept and the one that is being written.
    void require_room();

    struct Start {
        std::optional<double> written_unix_s;  ///< nothing: there was no checkpoint, and training begins anew
        std::string notes;                     ///< why newer ones were not loaded
    };
    /// Collective: into `state` the newest checkpoint that every rank can load.
    Start load(endure::TrainingState& state);

    /// Collective: why it couldn't be written, the same on all ranks; those that were there stay then. Nothing where it
    /// was, and the one before it is kept.
    std::optional<std::string> write(const endure::TrainingState& state);

private:
    void look_for_room();
    void tidy() const noexcept;

    Communicator& world_;
    endure::CheckpointKind kind_;
    std::string root_;
    endure::CheckpointFolder folder_;
    bool made_root_ = false;           ///< the folder of all ranks wasn't there
    std::vector<std::uint64_t> kept_;  ///< whole on all ranks, ascending
};

}  // namespace plumbline::app
