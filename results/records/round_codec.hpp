// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/records/round.hpp"

#include <nlohmann/json_fwd.hpp>

namespace plumbline {

/// A whole round, arrays as binary: for CBOR alone.
nlohmann::json round_json(const Round& round);
/// Throws nlohmann's exceptions for what round_json() did not make.
Round round_from(const nlohmann::json& object);

}  // namespace plumbline
