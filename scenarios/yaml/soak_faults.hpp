// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "scenarios/model/soak_faults.hpp"

#include <string>
#include <vector>

namespace plumbline {

/// Reads a file of faults to inject (`faults:`), see docs/how-to/run-for-days.md. Throws ConfigError, naming file, line
/// and key.
std::vector<SoakFault> parse_soak_faults(const std::string& text, const std::string& origin);

}  // namespace plumbline
