// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

/// Where what is in a run file: docs/reference/run-file.md as code. Included by results/store alone.
/// Everything here and in the headers beside it throws hdf5::Error; readers throw it for values that can't be.
namespace plumbline::layout {

inline constexpr int schema = 2;

/// Attributes of a part's root: the start of its run, and the schema that it is written by. Parts of schema 1 have
/// none.
inline constexpr const char* part_run = "run_started_unix_s";
inline constexpr const char* part_schema = "part_schema";

/// In the file only: a number that there is not.
inline constexpr double absent = std::numeric_limits<double>::quiet_NaN();
/// Units of texts.
inline constexpr std::string_view no_unit = "none";

/// "000012".
std::string case_name(int id);
std::string case_path(int id);
std::string world_ranks_path(int id);
std::string round_path(int id, int round);
/// "000012-3.h5": the part that holds a round of a case.
std::string part_name(int id, int round);
/// The inverse, of a file in whatever folder: case and round; nothing for other files.
std::optional<std::pair<int, int>> parse_part_name(const std::filesystem::path& file);
/// Nothing for names that are not a plain number in [0, 2^31).
std::optional<int> parse_number(std::string_view text);

}  // namespace plumbline::layout
