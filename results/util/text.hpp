// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Text for people: clean UTF-8 and columns that line up.
namespace plumbline::text {

/// Valid UTF-8 without control characters (each becomes a space) and without marks that turn the direction of text or
/// are no characters (each becomes U+FFFD): what a file says must not steer a terminal, nor look like something else.
std::string printable(std::string_view raw);
/// The same of a text of several lines: line feeds and tabs stay.
std::string printable_lines(std::string_view raw);

/// Terminal columns of valid UTF-8: East Asian wide characters count two, combining marks none.
std::size_t width(std::string_view utf8);

/// Valid UTF-8 in lines of at most `columns`, broken at spaces and beside wide characters, all but the first behind
/// `indent` spaces. A longer word has a line of its own. No stop or closing bracket begins a line.
std::string folded(std::string_view utf8, std::size_t indent, std::size_t columns = 80);
/// With `mark` wherever folded() may break a line and no space stands.
std::string with_break_marks(std::string_view utf8, std::string_view mark);

/// "1 case", "4 cases".
std::string pluralize(std::size_t count, std::string_view thing);
/// "1 rank", "4 ranks".
std::string rank_count(int ranks);

/// An absolute value of a scaling row or a finding: unit "s" or "B/s" (shown as GB/s).
std::string quantity(double value, std::string_view unit);

enum class Align : unsigned char { left, right };

/// A table whose columns are as wide as their widest cell. Columns are two spaces apart, one where the table would
/// exceed 80 columns otherwise.
class Table {
public:
    struct Column {
        std::string title;
        Align align = Align::left;
    };
    explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

    /// Missing cells at the end are empty. The last cell of a row may be longer than its column: it widens nothing.
    void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
    /// Header and rows, each ended by a newline, no trailing spaces. A last column of empty cells is left out.
    std::string str() const;

private:
    std::vector<Column> columns_;
    std::vector<std::vector<std::string>> rows_;
};

}  // namespace plumbline::text
