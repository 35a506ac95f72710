// SPDX-License-Identifier: Apache-2.0
#include "results/import/nccl_columns.hpp"

#include <string_view>

namespace plumbline::import {

std::optional<NcclColumns> nccl_columns(const Line& line, InPlace order)
{
    const std::size_t mark = starts_with_words(line, {"#"}) ? 1 : 0;  // lost where the log was pasted through a filter
    const std::vector<std::string_view> words(line.words.begin() + static_cast<std::ptrdiff_t>(mark), line.words.end());
    // Those of 2017 print "bytes N type op time algbw busbw res", and milliseconds.
    const bool first_version = words.size() > 4 && words[0] == "bytes" && words[1] == "N" && words[2] == "type";
    if (!first_version && (words.size() < 4 || words[0] != "size" || words[1] != "count" || words[2] != "type")) {
        return std::nullopt;
    }
    NcclColumns columns;
    columns.width = words.size();
    columns.time_in_us = first_version ? 1e3 : 1;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string_view title = words[i];
        auto& timings = columns.timings;
        if (title == "redop" || title == "op") {
            columns.op = i;
        } else if (title == "root") {
            columns.root = i;
        } else if (title == "time" || title == "cputime") {
            TimingColumns timing;
            timing.time = i;
            columns.host_times = columns.host_times || title == "cputime";
            timing.in_place = timings.empty() == (order != InPlace::second);
            timings.push_back(timing);
        } else if (title == "timestamp") {
            columns.dated = true;
            --columns.width;
        } else if (!timings.empty() && title == "algbw") {
            timings.back().algbw = i;
        } else if (!timings.empty() && title == "busbw") {
            timings.back().busbw = i;
        } else if (!timings.empty() && (title == "#wrong" || title == "error" || title == "res")) {
            timings.back().wrong = i;
            columns.errors_are_sizes = title != "#wrong";
        }
    }
    if (columns.timings.size() == 2 && order == InPlace::alone) {  // the other's title is lost
        columns.timings[0].in_place = false;
        columns.timings[1].in_place = true;
    }
    return columns.timings.empty() || columns.timings.size() > 2 ? std::nullopt : std::optional(columns);
}

}  // namespace plumbline::import
