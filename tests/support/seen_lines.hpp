// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/import/log_lines.hpp"

#include <optional>
#include <string>
#include <vector>

namespace plumbline::test {

/// What a line of a log is read as, and the moment before it.
struct SeenLine {
    std::vector<std::string> words;
    bool last_without_end = false;
    std::optional<double> unix_s;
};

inline std::vector<SeenLine> lines_of(const std::string& log)
{
    std::vector<SeenLine> lines;
    import::for_each_line(log, [&](const import::Line& line) {
        lines.push_back({{line.words.begin(), line.words.end()}, line.last_without_end, line.unix_s});
    });
    return lines;
}

}  // namespace plumbline::test
