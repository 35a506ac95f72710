// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/util/sentence.hpp"
#include "results/history/trends.hpp"
#include "results/verdicts/finding.hpp"
#include "results/verdicts/verdict.hpp"

#include <optional>
#include <string>
#include <vector>

namespace plumbline {

/// What is known of a night: of its contract (the targets of its run) and of change (the series that it belongs to).
/// What any output says of it, and the status that it ends with, is of this one value.
struct Night {
    std::string file = {};  ///< its run file's name
    int broke = 0;          ///< the status of a run that didn't end with a verdict, 2 or 5; 0 where it did
    std::optional<Verdict> contract = {};  ///< nothing: the run has no targets
    std::vector<std::string> named = {};   ///< targets that are not met, each once
    std::optional<Verdict> change = {};    ///< nothing: no series is long enough yet, which is no fault of the night
    std::size_t slower = 0;                ///< series that are slower or dropped
    std::size_t missing = 0;               ///< series that this night should have measured
    /// The first run of a drop that no other run confirms yet is this night's.
    bool unconfirmed = false;
};

/// Nothing for a run without targets.
void add_contract(const Judgement& judgement, Night& night);
void add_change(const Trends& trends, Night& night);

/// The worst of contract and change; nothing where neither has a verdict. A run that broke has none.
std::optional<Verdict> verdict_of(const Night& night);
/// "FAIL", "BROKEN"; "NONE" where nothing is judged.
std::string_view verdict_name(const Night& night);
/// The verdict's, or the status with which the run broke.
int exit_status(const Night& night);

Sentence contract_said(const Night& night);  ///< "FAIL (bw, latency)"
Sentence change_said(const Night& night);    ///< "FAIL (2 series are slower)"
/// "the contract (bw, latency) and change (2 series are slower)": what the verdict is of.
Sentence reason_said(const Night& night);

}  // namespace plumbline
