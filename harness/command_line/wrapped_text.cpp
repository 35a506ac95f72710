// SPDX-License-Identifier: Apache-2.0
#include "harness/command_line/wrapped_text.hpp"

#include "results/util/text.hpp"

#include <algorithm>
#include <utility>

namespace plumbline::app {

std::vector<std::string> filled_lines(std::span<const std::string> pieces, std::size_t columns)
{
    std::vector<std::string> lines;
    std::string line;
    for (const std::string& piece : pieces) {
        if (!line.empty() && text::width(line) + 1 + text::width(piece) > columns) {
            lines.push_back(std::exchange(line, ""));
        }
        line += line.empty() ? "" : " ";
        line += piece;
    }
    if (!line.empty()) {
        lines.push_back(std::move(line));
    }
    return lines;
}

std::vector<std::string> wrapped(std::string_view text, std::size_t columns)
{
    std::vector<std::string> lines;
    std::string single_spaced;
    for (const char c : text) {
        if (c != ' ' || (!single_spaced.empty() && single_spaced.back() != ' ')) {
            single_spaced += c;
        }
    }
    single_spaced.erase(single_spaced.find_last_not_of(' ') + 1);
    const std::string all = text::folded(single_spaced, 0, columns);
    for (std::string_view rest = all; !rest.empty();) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        lines.emplace_back(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return lines;
}

std::string two_column_row(std::string_view left, std::string_view right, TwoColumns layout)
{
    std::string row(layout.indent, ' ');
    row += left;
    const std::size_t used = layout.indent + text::width(left);
    std::size_t padding = used + 2 <= layout.second ? layout.second - used : 0;
    for (const std::string& line : wrapped(right, help_columns - layout.second)) {
        if (padding == 0) {  // below, since `left` or a line of `right` takes this one
            row += '\n';
            padding = layout.second;
        }
        row.append(padding, ' ');
        row += line;
        padding = 0;
    }
    return row + '\n';
}

std::string paragraph(std::string_view text, std::size_t indent)
{
    std::string all;
    for (const std::string& line : wrapped(text, help_columns - indent)) {
        all.append(indent, ' ');
        all += line + '\n';
    }
    return all;
}

}  // namespace plumbline::app
