// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/records/run_data.hpp"
#include "results/records/run_metadata.hpp"

#include <ostream>

namespace plumbline {

/// The cases in the tables that nccl-tests prints, which contracts quote and scripts read: one for each operation,
/// scale, timing and set of parameters, with sizes and types as rows. Comment lines say what nccl-tests' columns don't:
/// the timing, the statistic, and which cases the format can't hold. `import --from nccl-tests` reads it back.
void show_nccl_tables(std::ostream& out, const RunMetadata& info, const RunData& run);

}  // namespace plumbline
