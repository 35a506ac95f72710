// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/records/case_header.hpp"
#include "results/records/summary_fields.hpp"

#include <nlohmann/json_fwd.hpp>

#include <stdexcept>

/// Fields and headers as JSON: the one codec for the file, the printers and the hop between ranks.
namespace plumbline {

/// A header that can't be: the text says what of it.
class DecodeError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// A number that is absent or not finite is null.
nlohmann::ordered_json value_json(const FieldValue& value);

/// Everything of a header but the world ranks, as text; docs/reference/run-file.md has the keys.
nlohmann::json header_json(const CaseHeader& header);
/// World ranks left empty. Throws DecodeError for values that can't be, nlohmann's exceptions for what is no header.
CaseHeader header_from(const nlohmann::json& object);

}  // namespace plumbline
