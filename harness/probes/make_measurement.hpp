// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/sampling/case_measurement.hpp"

#include <memory>

namespace plumbline {

/// What measures a round of the case of `run`, by its spec. Refers to `run`. Not collective; takes no memory for data.
std::unique_ptr<CaseMeasurement> make_measurement(CaseRun& run);

}  // namespace plumbline
