// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/records/case_summary.hpp"
#include "results/records/run_data.hpp"
#include "results/verdicts/finding.hpp"
#include "results/verdicts/target.hpp"

#include <span>
#include <string>
#include <vector>

/// What the file itself knows of why a target FAILs. Pure.
namespace plumbline {

/// Whether the target is about what the library chooses by itself: of fraction_of_attainable of the algorithm that was
/// used it isn't, since each algorithm has another bound.
bool speaks_of_choice(const Target& target);

/// Measured cases that differ from `c` in their parameter `algorithm` alone, where `c` has none: the library chose.
std::vector<const CaseSummary*> by_named_algorithms(const CaseSummary& c, std::span<const CaseSummary> cases);

/// The same target on one of these.
struct TriedAlgorithm {
    std::string algorithm;  ///< as the library names it
    Finding finding;
};

/// "algorithm ring passes with 0.86 [0.85, 0.87]: the library's choice is the cause" of the one that reads best, or
/// that none passes; empty where nothing was tried that can be judged.
Sentence cause_among_algorithms(std::span<const TriedAlgorithm> tried);

/// Somebody whom a diagnosis of the same run names as slow.
struct SlowPart {
    Sentence what;           ///< "host3 NIC (-50 % [-51, -49] bandwidth)"
    std::vector<int> nodes;  ///< numbers of nodes
    bool needs_all = false;  ///< a link: what doesn't hold both its ends doesn't go over it
    bool operator==(const SlowPart&) const = default;
};

/// Adds to each FAIL with a value who of `slow` lies on nodes of its case.
void name_slow_parts(Judgement& judgement, const RunData& run, std::span<const SlowPart> slow);

}  // namespace plumbline
