// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/endurance/soak.hpp"

#include <nlohmann/json.hpp>

namespace plumbline {

/// All that a soak came to, for `show --format json` and for the page. Numbers that are undefined are null.
nlohmann::ordered_json soak_json(const Soak& soak);

}  // namespace plumbline
