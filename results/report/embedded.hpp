// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/util/embedded_file.hpp"

#include <span>

namespace plumbline::report {

/// The page's own parts: results/report/page/*.
std::span<const EmbeddedFile> page_parts();
/// Vega's modules as Debian's libjs-vega has them, and its licence; empty when the program was built without.
std::span<const EmbeddedFile> chart_library();

}  // namespace plumbline::report
