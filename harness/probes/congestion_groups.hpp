// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/backend.hpp"
#include "collectives/patterns/congestion.hpp"
#include "harness/sampling/prepared_case.hpp"
#include "results/records/congestion_rows.hpp"

#include <memory>
#include <optional>
#include <string>

namespace plumbline {

/// What this rank does in one split, with all look-ups done. Refers to its group.
struct CongestionGroups {
    CongestionRole role = CongestionRole::neither;
    Group* group = nullptr;
    std::unique_ptr<Case> call;           ///< that `bound` refers to
    int world_rank = 0;                   ///< as sentences name this rank
    std::unique_ptr<PreparedCase> bound;  ///< null: no collective
    std::unique_ptr<Operation> incast;
    Operation* operation = nullptr;  ///< of one of the two

    /// So that an old result can't pass for a new one.
    void reset_data();
    /// What is wrong with the data of the last execution, if any.
    std::optional<std::string> check_data() const;
};

/// Collective over `group`: all victims of a split. `spec`: of one case. Throw std::bad_alloc, BackendError.
CongestionGroups victims_groups(Group& group, const Clock& clock, const CongestionSpec& spec, int world_rank);
/// Collective over `group`: all aggressors of a split, of which rank 0 is the root.
CongestionGroups aggressors_groups(Group& group, const Clock& clock, const CongestionSpec& spec, int world_rank);

}  // namespace plumbline
