// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/store/verify.hpp"

#include <iosfwd>
#include <string>

namespace plumbline {

/// One line where everything holds, else one line for each contradiction.
void verify_text(std::ostream& out, const std::string& file, const VerifiedRun& verified);
/// As results/schemas/verify.json says.
void verify_json(std::ostream& out, const std::string& file, const VerifiedRun& verified);

}  // namespace plumbline
