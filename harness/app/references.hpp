// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/references/published_value.hpp"

#include <string>
#include <vector>

namespace plumbline::app {

/// The published values that came with this program, and those of the user's `folder` (its *.yaml; "" = none). Throws
/// ConfigError for a folder that isn't there or is empty, a bad file, and two values of one name.
std::vector<PublishedValue> all_references(const std::string& folder);

/// The one of that name. Throws ConfigError with the nearest name.
PublishedValue find_reference(const std::string& name, const std::string& folder);

}  // namespace plumbline::app
