// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/texts/language.hpp"

#include <ostream>

namespace plumbline::app {

/// Where a rank prints, and in which language: results to `out`, progress and diagnostics to `err`.
struct Console {
    std::ostream& out;
    std::ostream& err;
    Language language = Language::en;
};

}  // namespace plumbline::app
