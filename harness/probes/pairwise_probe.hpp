#pragma once

#include "collectives/patterns/pairwise.hpp"
#include "harness/sampling/case_measurement.hpp"

namespace plumbline {

/// Measures one round of a links case on `ranks`: a pass that warms up and
/// is checked, passes over every pair, then, where some pairs look slow, the rounds of those once more. Collective over
/// `ranks.members`. As measure_round() otherwise.
Measurement measure_pairwise(const CaseContext& ranks, const PairwiseSpec& spec);

}  // namespace plumbline
