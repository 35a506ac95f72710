// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/patterns/pairwise.hpp"
#include "harness/sampling/case_measurement.hpp"

#include <memory>

namespace plumbline {

/// One round of a links case: a pass that warms up and is checked, passes over every pair, then, where some pairs look
/// slow, the rounds of those once more. Refers to both.
std::unique_ptr<CaseMeasurement> make_pairwise_probe(CaseRun& run, const PairwiseSpec& spec);

}  // namespace plumbline
