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
    /// The state in which all of `rounds` were measured, see find_states(); between_states where no round has one.
    int machine_state = 0;
    std::size_t left_out = 0;  ///< rounds measured in other states, which are not in `rounds`
    bool operator==(const CaseRecord&) const = default;
};

/// Keeps the rounds of one state: of `common` where the case has rounds in it, else of the state with most of its
/// rounds. Keeps all where no round has a state. `states[i]` is the state of round i. Pure.
CaseRecord in_one_state(CaseRecord record, std::span<const int> states, int common);

}  // namespace plumbline
