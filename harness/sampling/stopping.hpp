// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/records/round.hpp"
#include "scenarios/model/scenario.hpp"

#include <cstddef>
#include <optional>
#include <span>

namespace plumbline {

/// The next number of timed samples at which the interval is looked at: min, 2 min, 4 min, ..., never above max
/// (a fixed geometric schedule: looking after each sample would lower the coverage).
std::size_t next_checkpoint(const StoppingCriterion& rule, std::size_t taken);

/// Whether a case is done after `taken` samples, of which `slowest_seconds` are the slowest rank's times and which took
/// `spent_s` of wall time. converged only at a checkpoint.
std::optional<StopReason> stop_decision(const StoppingCriterion& rule, std::span<const double> slowest_seconds,
                                        double spent_s);

/// Samples to take before ranks talk to each other again: up to the next checkpoint, at most about `slice_s` of work.
std::size_t next_chunk(const StoppingCriterion& rule, std::size_t taken, double last_sample_s, double slice_s);

}  // namespace plumbline
