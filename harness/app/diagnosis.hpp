#pragma once

#include "results/printers/diagnosis.hpp"
#include "results/store/store.hpp"

namespace plumbline::app {

/// All that the file's cases say of who is slow; reads them one by one.
FileDiagnosis diagnose_file(const RunFile& file, const DiagnoseRules& rules);

}  // namespace plumbline::app
