// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <limits>
#include <optional>
#include <string>
#include <string_view>

/// Where what is in a run file: docs/reference/run-file.md as code. Included by results/store alone.
/// Everything here and in the headers beside it throws hdf5::Error; readers throw it for values that can't be.
namespace plumbline::layout {

inline constexpr int schema = 1;

/// In the file only: a number that there is not.
inline constexpr double absent = std::numeric_limits<double>::quiet_NaN();
/// Units of texts.
inline constexpr std::string_view no_unit = "none";

/// "000012".
std::string case_name(int id);
std::string case_path(int id);
std::string world_ranks_path(int id);
std::string round_path(int id, int round);
/// Nothing for names that are not a plain number in [0, 2^31).
std::optional<int> parse_number(std::string_view text);

}  // namespace plumbline::layout
