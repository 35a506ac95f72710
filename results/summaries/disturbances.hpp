// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/util/sentence.hpp"
#include "results/records/case_record.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

/// What disturbed a run while it measured, from what was stored with its rounds.
namespace plumbline {

enum class DisturbanceKind : unsigned char { other_work, device, error };

struct Disturbance {
    int case_id = 0;
    DisturbanceKind kind = DisturbanceKind::other_work;
    Sentence what;           ///< of its worst round, in one sentence
    std::size_t rounds = 1;  ///< of the case, that were disturbed
};

/// At most one of a kind for a case: where the interval of a round was wider than asked for and something explains it,
/// and where a device counted errors. `ranks`: a name for each world rank. Pure.
std::vector<Disturbance> disturbances_of(const CaseRecord& record, double confidence,
                                         std::span<const std::string> ranks);

/// "the machine was disturbed in 12 % of rounds (other work on the cores): ... Repeat when it is idle". Empty where
/// nothing was.
Sentence disturbances_said(std::span<const Disturbance> found, std::size_t rounds);

}  // namespace plumbline
