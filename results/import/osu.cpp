// SPDX-License-Identifier: Apache-2.0
#include "results/import/log_lines.hpp"
#include "results/import/nccl_names.hpp"
#include "results/util/named.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

namespace plumbline::import {
namespace {

struct Test {
    std::string_view title;  ///< between "# OSU MPI" and "Latency Test"; that of point to point has none
    Collective collective;
    bool size_per_rank;  ///< OSU counts what one rank gives one other, S is that times the ranks
};
constexpr std::array tests{Test{"Allreduce", Collective::allreduce, false},
                           Test{"Allgather", Collective::allgather, true},
                           Test{"All-to-All Personalized Exchange", Collective::alltoall, true},
                           Test{"All-to-Allv Personalized Exchange", Collective::alltoallv, true},
                           Test{"Broadcast", Collective::broadcast, false},
                           Test{"Reduce", Collective::reduce, false},
                           Test{"Reduce_scatter", Collective::reduce_scatter, false},
                           Test{"Gather", Collective::gather, true},
                           Test{"Scatter", Collective::scatter, true},
                           Test{"Barrier", Collective::barrier, false},
                           Test{"", Collective::pingpong, false}};

/// How the operation is called; what is not blocking is a case of its own.
enum class Call : std::uint8_t { blocking, nonblocking, persistent };

struct FoundTest {
    Test test;
    Call call = Call::blocking;
};

/// "# OSU MPI Allreduce Latency Test v7.4", "# OSU MPI-CUDA Non-blocking Allreduce Latency Test v7.4",
/// "# OSU MPI Allreduce Persistent Latency Test v7.4", "# OSU MPI-CUDA Latency Test v7.5": what stands between the
/// vendor and "Latency Test" has to be all of a title.
std::optional<FoundTest> test_of(const Line& line)
{
    const std::size_t end = line.text.find("Latency Test");
    const std::size_t vendor = line.text.find(' ', sizeof "# OSU");
    if (end == std::string_view::npos || vendor == std::string_view::npos || vendor + 1 > end) {
        return std::nullopt;
    }
    std::string_view title = line.text.substr(vendor + 1, end - vendor - 1);
    title = title.substr(0, title.find_last_not_of(' ') + 1);
    FoundTest found;
    constexpr std::string_view nonblocking = "Non-blocking ";
    constexpr std::string_view persistent = " Persistent";
    if (title.starts_with(nonblocking)) {
        found.call = Call::nonblocking;
        title.remove_prefix(nonblocking.size());
    } else if (title.ends_with(persistent)) {
        found.call = Call::persistent;
        title.remove_suffix(persistent.size());
    }
    const auto* const test = std::find_if(tests.begin(), tests.end(), [&](const Test& t) { return t.title == title; });
    if (test == tests.end()) {
        return std::nullopt;
    }
    found.test = *test;
    return found;
}

/// Where "Min Latency(us)" and so on stand; OSU separates titles by two blanks or more.
struct Columns {
    std::size_t width = 0;
    std::optional<std::size_t> time, least, most, iterations, validation;
    bool has_size = false;
};
Columns columns_of(std::string_view text)
{
    Columns columns;
    text.remove_prefix(1);
    while (!text.empty()) {
        text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
        const std::size_t end = std::min(text.find("  "), text.size());
        const std::string_view title = text.substr(0, end);
        const std::size_t at = columns.width;
        if (title.starts_with("Size")) {
            columns.has_size = true;
        } else if (title.starts_with("Avg Latency") || title.starts_with("Latency") ||
                   title.starts_with("Pure Comm.")) {
            columns.time = at;
        } else if (title.starts_with("Min Latency")) {
            columns.least = at;
        } else if (title.starts_with("Max Latency")) {
            columns.most = at;
        } else if (title.starts_with("Iterations")) {
            columns.iterations = at;
        } else if (title.starts_with("Validation")) {
            columns.validation = at;
        }
        columns.width += title.empty() ? 0U : 1U;
        text.remove_prefix(end);
    }
    return columns;
}

constexpr std::array types{Named{"MPI_CHAR", DataType::int8},           Named{"MPI_SIGNED_CHAR", DataType::int8},
                           Named{"MPI_INT8_T", DataType::int8},         Named{"MPI_BYTE", DataType::uint8},
                           Named{"MPI_UNSIGNED_CHAR", DataType::uint8}, Named{"MPI_UINT8_T", DataType::uint8},
                           Named{"MPI_INT", DataType::int32},           Named{"MPI_INT32_T", DataType::int32},
                           Named{"MPI_FLOAT", DataType::float32},       Named{"MPI_DOUBLE", DataType::float64}};

/// "v5.8" -> 5; nothing for another word.
std::optional<std::uint64_t> major_version(std::string_view word)
{
    return word.starts_with('v') ? count(word.substr(1, word.find('.') - 1)) : std::nullopt;
}

class Osu {
public:
    explicit Osu(Collector& into) : into_(into) {}

    void read(const Line& line)
    {
        if (line.unix_s) {
            into_.started(*line.unix_s);
        }
        if (starts_with_words(line, {"#", "OSU"})) {
            begin(line);
        } else if (starts_with_words(line, {"#", "Datatype:"})) {  // "# Datatype: MPI_FLOAT."
            set_type(line);
        } else if (is_header(line)) {
            columns_ = columns_of(line.text);
        } else if (line.text.find("DATA VALIDATION ERROR") != std::string_view::npos) {
            judge(line);
        } else if (const auto command = command_in(line, "osu_")) {
            launched_ranks_ = command->ranks;
        } else if (found_ && columns_.time && !line.words.empty() && number(line.words[0])) {
            row(line);
        }
    }

private:
    static bool is_header(const Line& line)
    {
        return line.text.starts_with('#') &&
               (starts_with_words(line, {"#", "Size"}) || line.text.find("Latency(us)") != std::string_view::npos);
    }

    void begin(const Line& line)
    {
        found_ = test_of(line);
        columns_ = {};
        into_.begin_table();
        if (!found_) {
            into_.warn(
                line.number,
                fmt::format("'{}' is left out (plumbline imports OSU's collectives and its point-to-point latency)",
                            line.text));
            return;
        }
        // Before version 7 no line says the type: reductions are of MPI_FLOAT, all others of MPI_CHAR.
        const bool reduces = info(found_->test.collective).reduces;
        const auto version = major_version(line.words.back());
        dtype_ = reduces && version && *version < 7 ? DataType::float32 : DataType::int8;
        if (version) {
            into_.say("suite", "OSU " + std::string(line.words.back()));
        }
    }

    void set_type(const Line& line)
    {
        const std::string_view said = line.words.size() > 2 ? line.words[2] : std::string_view{};
        const std::string_view word = said.substr(0, said.find('.'));
        if (const auto known = find_in(types, word)) {
            dtype_ = *known;
        } else if (found_) {
            into_.warn(line.number, fmt::format("the table of '{}' is left out (plumbline has no such type)", word));
            found_.reset();
        }
    }

    /// "DATA VALIDATION ERROR: osu_allreduce exited with status 1 on message size 16."
    void judge(const Line& line)
    {
        const std::string_view size = word_after(line, "size");
        bool known = false;
        for (CaseHeader& header : into_.table()) {
            known = known || has_wrong_data(header);
        }
        if (!known) {
            into_.refuse_table(line.number, fmt::format("wrong data at message size {}, says the log",
                                                        size.substr(0, size.find('.'))));
        }
    }

    void row(const Line& line)
    {
        const bool sized = columns_.has_size;
        const auto size = sized ? count(line.words[0]) : std::optional<std::uint64_t>(0);
        // Later titles, such as those of percentiles, may be missing in rows; more words than titles are another's
        // output.
        if (line.last_without_end || !size || line.words.size() > columns_.width ||
            line.words.size() <= *columns_.time || *size > (std::uint64_t{1} << 48U)) {
            into_.warn(line.number, line.last_without_end ? "the log is cut short here"
                                                          : fmt::format("a row that can't be read: {}", line.text));
            return;
        }
        if (sized && *size == 0) {
            return;
        }
        const int ranks = ranks_or_throw(launched_ranks_, into_);
        CaseHeader header = header_at(*size, ranks);
        judge_validation(line, header);
        const auto time = number(line.words[*columns_.time]);
        if (header.status == CaseStatus::measured && !(time && *time > 0)) {
            into_.warn(line.number, "a row without a time");
            fail(header, fmt::format("its time, '{}', can't be read", line.words[*columns_.time]));
        }
        if (header.status == CaseStatus::measured) {
            header.reported = value_of(line, *time);
        }
        into_.add(std::move(header));
    }

    CaseHeader header_at(std::uint64_t size, int ranks) const
    {
        const std::uint64_t bytes = size * (found_->test.size_per_rank ? static_cast<std::uint64_t>(ranks) : 1);
        CaseHeader header = header_of(found_->test.collective, bytes, dtype_, ranks, into_.hints().nodes.value_or(1));
        if (found_->call != Call::blocking) {
            header.what.parameters["call"] = found_->call == Call::nonblocking ? "nonblocking" : "persistent";
        }
        return header;
    }

    void judge_validation(const Line& line, CaseHeader& header) const
    {
        if (!columns_.validation || *columns_.validation >= line.words.size()) {
            return;
        }
        const std::string_view said = line.words[*columns_.validation];
        if (said == "Pass") {
            mark_verified(header);
        } else if (said != "-" && said != "N/A") {
            fail(header, fmt::format("wrong data (Validation {}, says the log)", said));
        }
    }

    std::optional<int> iterations_in(const Line& line) const
    {
        if (!columns_.iterations || *columns_.iterations >= line.words.size()) {
            return std::nullopt;
        }
        const std::uint64_t iterations = count(line.words[*columns_.iterations]).value_or(0);
        return iterations > 0 && iterations < 1000000000 ? std::optional(static_cast<int>(iterations)) : std::nullopt;
    }

    /// OSU's point-to-point latency is that of one way, plumbline's pingpong the round trip.
    ImportedValue value_of(const Line& line, double time_us) const
    {
        const bool one_way = found_->test.collective == Collective::pingpong;
        const auto seconds = [&](const std::optional<std::size_t>& column) {
            const auto us = column && *column < line.words.size() ? number(line.words[*column]) : std::nullopt;
            return us ? std::optional(*us / 1e6) : std::nullopt;
        };
        const bool nonblocking = found_->call == Call::nonblocking;
        return {.time_s = (one_way ? 2 : 1) * time_us / 1e6,
                .estimator = one_way ? "twice the mean latency of one way"
                             : nonblocking
                                 ? "mean of the iterations, mean over ranks, of the communication alone (Pure Comm.)"
                                 : "mean of the iterations, mean over ranks",
                .iterations = iterations_in(line),
                .fastest_rank_s = seconds(columns_.least),
                .slowest_rank_s = seconds(columns_.most)};
    }

    Collector& into_;
    std::optional<FoundTest> found_;  ///< nothing: a table that is left out
    Columns columns_;
    DataType dtype_ = DataType::int8;
    std::optional<int> launched_ranks_;
};

}  // namespace

void read_osu(std::string_view log, Collector& into)
{
    Osu reader(into);
    for_each_line(log, [&](const Line& line) { reader.read(line); });
}

}  // namespace plumbline::import
