#include "results/import/nccl_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <vector>

namespace plumbline::import {
namespace {

/// The positions of a timing's numbers in a row.
struct Group {
    std::size_t time = 0;
    std::optional<std::size_t> busbw, wrong;
};

/// The columns of a table, from its header.
struct Columns {
    std::size_t width = 0;
    std::optional<std::size_t> op, root;
    std::vector<Group> groups;  ///< out of place, in place
};

/// "#  size count type redop root time algbw busbw #wrong time ..."; columns have come and gone over the years, their
/// names have not.
std::optional<Columns> header_columns(const Line& line)
{
    const auto& words = line.words;
    if (!starts_with_words(line, {"#", "size", "count", "type"})) {
        return std::nullopt;
    }
    Columns columns;
    columns.width = words.size() - 1;
    for (std::size_t i = 0; i < columns.width; ++i) {
        const std::string_view title = words[i + 1];
        if (title == "redop") {
            columns.op = i;
        } else if (title == "root") {
            columns.root = i;
        } else if (title == "time" || title == "cputime") {
            columns.groups.push_back({.time = i, .busbw = std::nullopt, .wrong = std::nullopt});
        } else if (title == "timestamp") {
            --columns.width;  // two words in the rows, and not needed
        } else if (!columns.groups.empty() && title == "busbw") {
            columns.groups.back().busbw = i;
        } else if (!columns.groups.empty() && (title == "#wrong" || title == "error")) {
            columns.groups.back().wrong = i;
        }
    }
    return columns.groups.empty() ? std::nullopt : std::optional(columns);
}

/// The number after "iters:", unless it is that of the warm-up or another one.
std::optional<int> iterations_in(const Line& line)
{
    for (std::size_t i = 1; i + 1 < line.words.size(); ++i) {
        const bool plain = line.words[i] == "iters:" && line.words[i - 1] != "warmup" && line.words[i - 1] != "agg";
        const auto value = plain ? count(line.words[i + 1]) : std::nullopt;
        if (value && *value > 0 && *value < 1000000000) {
            return static_cast<int>(*value);
        }
    }
    return std::nullopt;
}

class NcclText {
public:
    explicit NcclText(Collector& into) : into_(into) {}

    void read(const Line& line)
    {
        if (const auto columns = header_columns(line)) {
            columns_ = columns;
        } else if (starts_with_words(line, {"#", "Rank"})) {
            place(line);
        } else if (line.text.starts_with('#') || line.text.find("_perf") != std::string_view::npos) {
            preamble(line);
        } else if (columns_ && line.words.size() > 3 && count(line.words[0]) && count(line.words[1])) {
            row(line);
        }
    }

    void finish()
    {
        const auto hosts = places_.hosts();
        into_.on_hosts({hosts.begin(), hosts.end()});
        if (!library_.empty()) {
            into_.say("library", library_);
        }
    }

private:
    /// "#  Rank  0 Group  0 Pid  1234 on  node1 device  0 [0x07] NVIDIA H100"
    void place(const Line& line)
    {
        const auto after = [&](std::string_view title) {
            const auto found = std::find(line.words.begin(), line.words.end(), title);
            return found != line.words.end() && found + 1 != line.words.end() ? *(found + 1) : std::string_view{};
        };
        const auto rank = count(after("Rank"));
        if (rank && *rank < 10000000) {
            places_.add(static_cast<int>(*rank), count(after("Group")).value_or(0), std::string(after("on")));
        }
    }

    void preamble(const Line& line)
    {
        if (const auto iterations = iterations_in(line)) {
            iterations_ = iterations;
        }
        if (starts_with_words(line, {"#", "nccl-tests", "version"}) ||
            starts_with_words(line, {"#", "rccl-tests", "version"})) {
            library_ = std::string(line.text.substr(2));
        }
        for (const std::string_view word : line.words) {
            if (const auto collective = nccl_collective(word)) {
                collective_ = collective;
            }
        }
    }

    void row(const Line& line)
    {
        const Columns& columns = *columns_;
        if (line.words.size() < columns.width) {
            into_.warn(line.number, line.last_without_end ? "the log is cut short here" : "a row with too few columns");
            return;
        }
        const auto at = [&](const std::optional<std::size_t>& column) {
            return column ? line.words[*column] : std::string_view{};
        };
        for (std::size_t g = 0; g < std::min<std::size_t>(2, columns.groups.size()); ++g) {
            const Group& group = columns.groups[g];
            const auto time = number(line.words[group.time]);
            if (!time) {
                continue;  // N/A: an operation that has no in-place form
            }
            NcclTiming timing;
            timing.collective = pattern_or_throw(collective_, into_);
            timing.bytes = count(line.words[0]).value_or(0);
            timing.type = line.words[2];
            timing.op = at(columns.op);
            timing.root = at(columns.root);
            timing.in_place = g == 1;
            timing.time_us = *time;
            timing.busbw_GBps = number(at(group.busbw));
            timing.wrong = number(at(group.wrong));
            timing.iterations = iterations_;
            timing.ranks = ranks_or_throw(places_.ranks(), into_);
            timing.nodes = into_.hints().nodes.value_or(std::max(1, static_cast<int>(places_.hosts().size())));
            timing.groups = places_.groups();
            timing.line = line.number;
            // The last line may be truncated within a number.
            if (line.last_without_end && g + 1 == columns.groups.size()) {
                into_.warn(line.number, "the log ends here without a newline: its last timing is left out");
                continue;
            }
            add_timing(timing, into_);
        }
    }

    Collector& into_;
    std::optional<Columns> columns_;
    std::optional<Collective> collective_;
    std::optional<int> iterations_;
    NcclPlaces places_;
    std::string library_;
};

}  // namespace

void read_nccl_text(std::string_view log, Collector& into)
{
    NcclText reader(into);
    for (const Line& line : lines_of(log)) {
        reader.read(line);
    }
    reader.finish();
}

}  // namespace plumbline::import
