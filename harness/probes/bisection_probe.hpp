// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/patterns/bisection.hpp"
#include "harness/sampling/case_measurement.hpp"

#include <memory>

namespace plumbline {

/// One round of a bisect case: step after step, the rings that BisectionSearch asks for, on groups of their own
/// (settings.join_subgroup). Refers to both.
std::unique_ptr<CaseMeasurement> make_bisection_probe(CaseRun& run, const BisectionSpec& spec);

}  // namespace plumbline
