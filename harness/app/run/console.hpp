// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ostream>

namespace plumbline::app {

/// Where a rank prints: results to `out`, progress and diagnostics to `err`.
struct Console {
    std::ostream& out;
    std::ostream& err;
};

}  // namespace plumbline::app
