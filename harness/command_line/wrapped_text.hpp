// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline::app {

/// What a terminal shows without a wider one.
inline constexpr std::size_t help_columns = 80;

/// `text` (UTF-8) broken at spaces and beside Chinese characters into lines of at most `columns`; a longer word has a
/// line of its own. No empty lines.
std::vector<std::string> wrapped(std::string_view text, std::size_t columns);

/// `pieces` with spaces between them, broken between pieces alone.
std::vector<std::string> filled_lines(std::span<const std::string> pieces, std::size_t columns);

struct TwoColumns {
    std::size_t indent = 2;
    std::size_t second = 26;  ///< column that the second one begins at, counted from 0
};

/// One row of a list: `left`, and `right` wrapped beside it to help_columns, or below it where `left` is too long.
/// Each line ends with a newline and has no trailing space.
std::string two_column_row(std::string_view left, std::string_view right, TwoColumns layout);

/// `text` wrapped to help_columns behind `indent` spaces, each line ended by a newline.
std::string paragraph(std::string_view text, std::size_t indent = 0);

}  // namespace plumbline::app
