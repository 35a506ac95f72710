// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

/// Names that schema 1 had for what schema 2 calls otherwise: the one place that knows them. A part of an unfinished
/// file doesn't say its schema, so readers look for the present name first and then for the former one.
namespace plumbline::hdf5 {

enum class Naming : std::uint8_t {
    attribute,
    dataset,     ///< the last component of its path
    column,      ///< of a table
    header_key,  ///< of the JSON text that describes a case
};

/// Empty where the name was always this one.
std::string_view former_name(Naming kind, std::string_view name);

}  // namespace plumbline::hdf5
