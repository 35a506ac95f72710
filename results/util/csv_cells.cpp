// SPDX-License-Identifier: Apache-2.0
#include "results/util/csv_cells.hpp"

#include "collectives/util/error.hpp"

#include <cstdint>

namespace plumbline {

std::vector<std::string> csv_cells(std::string_view line, std::size_t number)
{
    enum class Cell : std::uint8_t { begins, plain, quoted, closed };
    constexpr std::string_view blank = " \t\r";
    std::vector<std::string> cells(1);
    Cell cell = Cell::begins;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const bool is_blank = blank.find(line[i]) != std::string_view::npos;
        if (cell == Cell::quoted && line.substr(i).starts_with("\"\"")) {
            cells.back() += line[i++];
        } else if (cell == Cell::quoted && line[i] == '"') {
            cell = Cell::closed;
        } else if (cell == Cell::quoted) {
            cells.back() += line[i];
        } else if (line[i] == ',') {
            cells.emplace_back();
            cell = Cell::begins;
        } else if (cell == Cell::begins && line[i] == '"') {
            cell = Cell::quoted;
        } else if (line[i] == '"' || (cell == Cell::closed && !is_blank)) {
            throw ConfigError(
                say("line {}: a quote stands within a cell. Put the whole cell in quotes, and double a "
                    "quote within them",
                    number));
        } else if (cell != Cell::begins || !is_blank) {
            cells.back() += line[i];
            cell = cell == Cell::closed ? Cell::closed : Cell::plain;
        }
    }
    if (cell == Cell::quoted) {
        throw ConfigError(say("line {}: a quote isn't closed. Double a quote within quotes", number));
    }
    for (std::string& text : cells) {
        text.erase(0, text.find_first_not_of(blank));
        text.erase(text.find_last_not_of(blank) + 1);
    }
    return cells;
}

}  // namespace plumbline
