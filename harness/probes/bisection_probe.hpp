#pragma once

#include "collectives/patterns/bisection.hpp"
#include "harness/sampling/case_measurement.hpp"

namespace plumbline {

/// Measures one round of a bisect case on `ranks`: step after step, the
/// rings that Bisection asks for, on groups of their own (settings.join_subgroup). Collective over `members`, which are
/// those ranks. As measure_round() otherwise.
Measurement measure_bisection(const CaseContext& ranks, const BisectionSpec& spec);

}  // namespace plumbline
