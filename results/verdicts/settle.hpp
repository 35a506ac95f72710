// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/verdicts/finding.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What would settle or mend a verdict that isn't PASS. Pure.
namespace plumbline {

/// What the interval of a finding is over, and what it took to measure.
struct Effort {
    std::string_view of = "samples";  ///< "samples", "rounds", "launches" or "splits"
    std::size_t count = 0;            ///< of the side that has fewest
    std::string_view stop;            ///< why sampling ended, name(StopReason)
    double seconds = 0;               ///< spent so far, of what would be repeated; 0: not known
};

/// How many of them would narrow the interval until the bound lies outside, if the estimate stays: the half width on
/// the bound's side goes with 1/sqrt(count). Nothing where the estimate lies on the bound.
std::optional<double> count_that_settles(const Finding& finding, std::size_t count);

/// "About 24 rounds settle it if the value stays (write rounds: 24; 40 s more)", or why no number of them does.
Sentence what_settles(const Finding& finding, const Effort& effort);

/// The key that asks for so many: "write rounds: 7".
Sentence how_to_ask(std::string_view of, std::size_t count, std::size_t has);

/// "missed by 21 % of the bound, 18 % at the better end" of a FAIL with a value; empty for a bound of 0.
Sentence missed_by(const Finding& finding);

/// What all findings of one target come to.
struct TargetOutcome {
    std::string target;
    Verdict verdict = Verdict::pass;  ///< the worst
    std::size_t findings = 0;
    std::size_t with_verdict = 0;  ///< so many of them have it
    bool differ_in_scale_alone = false;
    const Finding* worst = nullptr;  ///< of those, the one that is furthest on the wrong side; null for PASS
};
/// In the order of the findings, which must outlive it. Those of the run as a whole are left out.
std::vector<TargetOutcome> target_outcomes(const Judgement& judgement);

/// "FAIL at 2 of 5 scales, worst at 64 ranks: missed by 21 %": of more than one finding.
Sentence outcome_text(const TargetOutcome& outcome);

/// The worst verdict but for targets that ask for what nothing here measures; nothing where there are no others.
std::optional<Verdict> verdict_of_what_can_be_measured(const Judgement& judgement);

}  // namespace plumbline
