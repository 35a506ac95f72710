// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/records/case_header.hpp"
#include "results/records/round.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace plumbline {

/// A case with its samples.
struct CaseRecord {
    CaseHeader header;
    std::vector<Round> rounds;
    /// In which all of `rounds` were measured, see find_states(); between_states when the case has none in one state.
    int machine_state = 0;
    std::size_t left_out = 0;  ///< rounds that were measured in other states and are not in `rounds`
    bool operator==(const CaseRecord&) const = default;
};

/// The rounds of one state alone: `common` where the case has rounds in it, else the state that holds most of them,
/// else all as they are. `states`: of each round. Pure.
CaseRecord in_one_state(CaseRecord record, std::span<const int> states, int common);

}  // namespace plumbline
