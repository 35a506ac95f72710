// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline {

/// The cells of a line of CSV, without the blanks around them. One in double quotes may hold commas, and quotes that
/// are doubled. Throws ConfigError, naming line `number`, where quotes stand elsewhere or aren't closed. Pure.
std::vector<std::string> csv_cells(std::string_view line, std::size_t number);

}  // namespace plumbline
