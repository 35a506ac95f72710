// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/util/error.hpp"
#include "results/records/case_header.hpp"
#include "results/records/summary_fields.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>

/// Fields and headers as JSON: the one codec for the file, the printers and the messages between ranks.
namespace plumbline {

/// Thrown for a header with an impossible value; the text names the value.
class DecodeError : public SaidError {
public:
    using SaidError::SaidError;
};

/// null for a number that is absent or not finite.
nlohmann::ordered_json value_json(const FieldValue& value);

/// The header without its world ranks; the keys are in docs/reference/run-file.md.
nlohmann::json header_json(const CaseHeader& header);
/// The same as text of one line.
std::string header_json_text(const CaseHeader& header);
/// Leaves the world ranks empty. Throws DecodeError for impossible values, nlohmann's exceptions for other JSON.
CaseHeader header_from(const nlohmann::json& object);

}  // namespace plumbline
