// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/printers/diagnosis.hpp"
#include "results/store/store.hpp"

namespace plumbline::app {

/// Slow links, late ranks and violated guidelines in all measured cases of the file. Loads one case at a time.
FileDiagnosis diagnose_file(const RunFile& file, const DiagnoseRules& rules);

}  // namespace plumbline::app
