// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/app/run/console.hpp"
#include "harness/run/plan_executor.hpp"
#include "results/records/case_summary.hpp"
#include "results/verdicts/finding.hpp"
#include "results/verdicts/verdict.hpp"
#include "scenarios/model/scenario.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace plumbline::app {

/// What `run --diagnose-on-fail` measures after the plan, in the same launch and file: every pair of ranks.
struct PairwiseProbePlan {
    Scenario scenario;
    Plan plan;
};

/// Message size that shows why a bandwidth target (busbw and what is made of it or of links) failed, in bytes:
/// S / n of the first case that misses one, as a ring of its ranks would send, from 64 KiB to 4 MiB; the size of an
/// earlier probe where another launch into the same file has made one. Nothing where no such target failed.
/// `planned_cases`: of the file. Pure.
std::optional<std::uint64_t> probe_message_bytes(const Judgement& judgement, std::span<const CaseSummary> cases,
                                                 int planned_cases);

/// One case of `links` with messages of `bytes` on all ranks, and each rank's compute; each rank against 16 others
/// where there are more than 256. Its case id comes after those of `plan`. Pure: the same on all ranks.
PairwiseProbePlan plan_pairwise_probe(const Scenario& scenario, const Plan& plan, const Topology& topology,
                                      std::uint64_t bytes);

/// Prints the diagnosis of the file at `path` after the probe ended with `outcome`, on the writer rank. Returns the
/// exit status: `status`, or 5 where the probe was not completed.
int print_probe_diagnosis(const Console& console, const RunOutcome& outcome, const std::string& path, int status);

}  // namespace plumbline::app
