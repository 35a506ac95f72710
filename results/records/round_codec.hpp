// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/records/round.hpp"

#include <nlohmann/json_fwd.hpp>

namespace plumbline {

/// A whole round with its arrays as binary values, to be written as CBOR.
nlohmann::json round_json(const Round& round);
/// Throws nlohmann's exceptions for JSON of another form than round_json() makes.
Round round_from(const nlohmann::json& object);

}  // namespace plumbline
