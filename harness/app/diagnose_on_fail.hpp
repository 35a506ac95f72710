#pragma once

#include "results/records/case_summary.hpp"
#include "results/verdicts/finding.hpp"
#include "scenarios/model/scenario.hpp"

#include <cstdint>
#include <optional>
#include <span>

namespace plumbline::app {

/// What run --diagnose-on-fail measures after the plan: every pair, in the same launch and file.
struct FollowUp {
    Scenario scenario;
    Plan plan;
};

/// Bytes of the messages that show why a bandwidth target (busbw, algbw, busbw_retention, fraction_of_ideal) failed: S
/// / n of the first case that misses one, as a ring of its ranks would send, from 64 KiB to 4 MiB; those of an earlier
/// launch into the same file where it looked already. Nothing where none failed. `planned_cases`: of the file. Pure.
std::optional<std::uint64_t> probe_message_bytes(const Judgement& judgement, std::span<const CaseSummary> cases,
                                                 int planned_cases);

/// One case of links with such messages on all ranks, and each rank's compute; each rank against 16 others where there
/// are more than 256. Its id comes after the plan's. Pure: the same on all ranks.
FollowUp plan_pairwise_probe(const Scenario& scenario, const Plan& plan, const Topology& topology, std::uint64_t bytes);

}  // namespace plumbline::app
