#pragma once

#include "collectives/patterns/bisection.hpp"
#include "harness/sampling/case_measurement.hpp"

namespace plumbline {

/// Measures one round of a bisect case on `ranks`: step after step, the
/// rings that Bisection asks for, on groups of their own (settings.join_team). Collective over `members`, which are
/// those ranks. As measure_round() otherwise.
Measurement measure_bisect(const CaseRanks& ranks, const BisectSpec& spec);

}  // namespace plumbline
