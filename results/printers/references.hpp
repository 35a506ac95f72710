// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/records/case_summary.hpp"
#include "results/references/published_value.hpp"

#include <string>
#include <string_view>

namespace plumbline {

/// "465.8 GB/s = 97 % of the published 480.2 (...), 89 % of attainable ..." of a measured case, several lines.
std::string reference_text(const PublishedValue& value, const CaseSummary& measured);
/// The value, its conditions, its bound and its source, as `list references` has them after the name.
std::string describe(const PublishedValue& value);

}  // namespace plumbline
