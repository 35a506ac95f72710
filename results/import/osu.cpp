// SPDX-License-Identifier: Apache-2.0
#include "collectives/operations/traffic.hpp"
#include "results/import/log_lines.hpp"
#include "results/import/nccl_names.hpp"
#include "results/util/named.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <utility>

namespace plumbline::import {
namespace {

/// What the numbers of a test are.
enum class Measure : std::uint8_t {
    latency,         ///< of a collective
    one_way,         ///< half a round trip between two ranks
    one_way_stream,  ///< MB/s of a window of messages from one rank to the other
    both_ways,       ///< MB/s of a window of messages from each, both together
    many_streams,    ///< MB/s of such streams between several pairs, all together
};

struct Test {
    std::string_view title;  ///< between "# OSU MPI" and "Latency Test" or "Bandwidth Test"; that of two ranks has none
    Collective collective = Collective::pingpong;
    bool size_per_rank = false;  ///< OSU counts what one rank gives one other, S is that times the ranks
    std::string_view call = {};  ///< the parameter `call`; empty: the plain one
    Measure measure = Measure::latency;
};
constexpr std::array latency_tests{Test{"Allreduce", Collective::allreduce},
                                   Test{"Allgather", Collective::allgather, true},
                                   Test{"Allgatherv", Collective::allgather, true, "allgatherv"},
                                   Test{"All-to-All Personalized Exchange", Collective::alltoall, true},
                                   Test{"All-to-All", Collective::alltoall, true},
                                   Test{"All-to-Allv Personalized Exchange", Collective::alltoallv, true},
                                   Test{"All-to-Allv", Collective::alltoallv, true},
                                   Test{"All-to-Allw Personalized Exchange", Collective::alltoallv, true, "alltoallw"},
                                   Test{"All-to-Allw", Collective::alltoallv, true, "alltoallw"},
                                   Test{"Broadcast", Collective::broadcast},
                                   Test{"Reduce", Collective::reduce},
                                   Test{"Reduce_scatter", Collective::reduce_scatter},
                                   Test{"Gather", Collective::gather, true},
                                   Test{"Gatherv", Collective::gather, true, "gatherv"},
                                   Test{"Scatter", Collective::scatter, true},
                                   Test{"Scatterv", Collective::scatter, true, "scatterv"},
                                   Test{"Barrier", Collective::barrier},
                                   Test{"", Collective::pingpong, false, {}, Measure::one_way},
                                   Test{"Multi", Collective::pingpong, false, {}, Measure::one_way}};
constexpr std::array bandwidth_tests{Test{"", Collective::pingpong, false, {}, Measure::one_way_stream},
                                     Test{"Bi-Directional", Collective::bidirectional, false, {}, Measure::both_ways},
                                     Test{"Multiple", Collective::pingpong, false, {}, Measure::many_streams}};

constexpr std::array left_out{
    LeftOut{"MPI_", "one-sided; plumbline's messages have a sender and a receiver"},
    LeftOut{"Multi-threaded", "several threads of a rank"},
    LeftOut{"Multi-process", "several processes that share a port; no latency of one pair"},
    LeftOut{"Partitioned", "messages in parts"},
    LeftOut{"Neighborhood", "an operation on a graph of neighbours"},
    LeftOut{"Reduce_scatter_block", "whether its size is that of a block or of the whole isn't said"},
    LeftOut{"OpenSHMEM", "one-sided; plumbline's messages have a sender and a receiver"},
    LeftOut{"UPC", "one-sided; plumbline's messages have a sender and a receiver"}};

/// How the operation is called; what is not blocking is a case of its own.
enum class Call : std::uint8_t { blocking, nonblocking, persistent };

struct FoundTest {
    Test test;
    Call call = Call::blocking;
    bool multi = false;  ///< osu_multi_lat, osu_mbw_mr: several pairs at once
};

/// Takes `part` out of the title, with the blank beside it; whether it was there.
bool take_out(std::string& title, std::string_view part)
{
    const std::size_t at = title.find(part);
    if (at == std::string::npos) {
        return false;
    }
    title.erase(at, part.size());
    title.erase(0, title.find_first_not_of(' '));
    title.erase(title.find_last_not_of(' ') + 1);
    return true;
}

/// What is measured by: MPI, or a collective library through OSU's own interface.
bool is_known_library(std::string_view vendor)
{
    const std::string_view library = vendor.substr(0, vendor.find('-'));
    return library == "MPI" || library == "NCCL" || library == "RCCL" || library == "XCCL" || library == "HCCL";
}

/// "# OSU MPI Allreduce Latency Test v7.4", "# OSU MPI-CUDA Non-blocking Allreduce Latency Test v7.4",
/// "# OSU MPI Latency Test Persistent v7.4", "# OSU MPI Multiple Bandwidth / Message Rate Test v5.6": what stands
/// between the library and the version has to be all of a title. "# OSU MPI_Put Latency Test" is one-sided.
std::optional<FoundTest> test_of(const Line& line)
{
    if (line.words.size() < 4 || !is_known_library(line.words[2])) {
        return std::nullopt;
    }
    std::string title;
    for (std::size_t i = 3; i < line.words.size(); ++i) {
        const bool version = line.words[i].starts_with('v') && i + 1 == line.words.size();
        if (!version) {
            title += (title.empty() ? "" : " ") + std::string(line.words[i]);
        }
    }
    FoundTest found;
    if (take_out(title, "Non-blocking")) {
        found.call = Call::nonblocking;
    } else if (take_out(title, "Persistent")) {
        found.call = Call::persistent;
    }
    const bool bandwidth = take_out(title, "Bandwidth / Message Rate Test") || take_out(title, "Bandwidth Test");
    if (!bandwidth && !take_out(title, "Latency Test Test") && !take_out(title, "Latency Test")) {
        return std::nullopt;
    }
    const std::span<const Test> tests = bandwidth ? std::span<const Test>(bandwidth_tests) : latency_tests;
    const auto test = std::ranges::find(tests, title, &Test::title);
    if (test == tests.end()) {
        return std::nullopt;
    }
    found.test = *test;
    found.multi = title == "Multi" || found.test.measure == Measure::many_streams;
    return found;
}

/// Where "Min Latency(us)" and so on stand; OSU separates titles by two blanks or more.
struct Columns {
    std::size_t width = 0;
    std::optional<std::size_t> time, bandwidth, messages, least, most, iterations, validation;
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
        } else if (title.starts_with("Bandwidth") || title.starts_with("MB/s")) {
            columns.bandwidth = at;
        } else if (title.starts_with("Messages/s")) {
            columns.messages = at;
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
        if (starts_with_words(line, {"#", "OSU"})) {
            begin(line);
        } else if (starts_with_words(line, {"#", "Datatype:"})) {  // "# Datatype: MPI_FLOAT."
            set_type(line);
        } else if (starts_with_words(line, {"#", "[", "pairs:"})) {  // "# [ pairs: 4 ] [ window size: 64 ]"
            pairs_ = count(word_after(line, "pairs:"));
            table_window_ = count(word_after(line, "size:"));
        } else if (is_header(line)) {
            columns_ = columns_of(line.text);
        } else if (line.text.find("DATA VALIDATION ERROR") != std::string_view::npos) {
            judge(line);
        } else if (const auto command = command_in(line, "osu_")) {
            launched_ranks_ = command->ranks;
            command_window_ = count(option_after(line, command->word, "-W", "--window-size"));
        } else if (found_ && (columns_.time || columns_.bandwidth) && !line.words.empty() &&
                   (number(line.words[0]) || is_row_of_another_size(line))) {
            row(line);
        }
    }

private:
    /// "1M   1800.25": as many words as titles, numbers but for the size, which is none that OSU writes.
    bool is_row_of_another_size(const Line& line) const
    {
        const auto& words = line.words;
        return columns_.has_size && words.size() == columns_.width && words[0].front() >= '0' &&
               words[0].front() <= '9' &&
               std::all_of(words.begin() + 1, words.end(), [](std::string_view word) { return number(word); });
    }

    static bool is_header(const Line& line)
    {
        return line.text.starts_with('#') &&
               (starts_with_words(line, {"#", "Size"}) || line.text.find("Latency(us)") != std::string_view::npos);
    }

    void begin(const Line& line)
    {
        found_ = test_of(line);
        columns_ = {};
        pairs_.reset();
        table_window_.reset();
        type_is_said_ = false;
        into_.begin_table();
        if (!found_) {
            into_.warn(line.number, fmt::format("'{}' is left out ({})", line.text, why_left_out(left_out, line.text)));
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
            type_is_said_ = true;
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
        const std::size_t value_at = columns_.time ? *columns_.time : *columns_.bandwidth;
        if (line.last_without_end || !size || line.words.size() > columns_.width || line.words.size() <= value_at ||
            *size > (std::uint64_t{1} << 48U)) {
            into_.warn(line.number, line.last_without_end ? "the log is cut short here"
                                                          : fmt::format("a row that can't be read: {}", line.text));
            return;
        }
        if (sized && *size == 0) {
            return;
        }
        CaseHeader header = header_at(*size);
        judge_validation(line, header);
        if (std::string why = contradiction(line, *size); header.status == CaseStatus::measured && !why.empty()) {
            into_.warn(line.number, why);
            fail(header, std::move(why));
        }
        const auto value = value_of(line, header);
        if (header.status == CaseStatus::measured && !value) {
            into_.warn(line.number, fmt::format("a row without a time: {}", line.text));
            fail(header, columns_.time ? fmt::format("its time, '{}', can't be read", line.words[value_at])
                                       : fmt::format("no time follows from its bandwidth, '{}'", line.words[value_at]));
        }
        if (header.status == CaseStatus::measured) {
            header.reported = *value;
        }
        into_.add(std::move(header));
    }

    /// Two, or those of all pairs; of a collective what its launcher was told.
    int ranks() const
    {
        if (found_->test.measure == Measure::latency) {
            return ranks_or_throw(launched_ranks_, into_);
        }
        if (!found_->multi) {
            return 2;
        }
        constexpr std::uint64_t most_pairs = 5000000;
        const bool said = pairs_ && *pairs_ > 0 && *pairs_ <= most_pairs;
        return ranks_or_throw(said ? std::optional(static_cast<int>(2 * *pairs_)) : launched_ranks_, into_);
    }

    /// Messages of a window, as the command or the table says it; OSU's default where neither does.
    std::uint64_t window() const
    {
        constexpr std::uint64_t default_window = 64;
        constexpr std::uint64_t most = std::uint64_t{1} << 20U;
        const std::uint64_t said = table_window_.value_or(command_window_.value_or(default_window));
        return said > 0 && said <= most ? said : default_window;
    }

    CaseHeader header_at(std::uint64_t size) const
    {
        const Test& test = found_->test;
        const int of_ranks = ranks();
        const int nodes = into_.hints().nodes.value_or(1);
        const std::uint64_t bytes = size * (test.size_per_rank ? static_cast<std::uint64_t>(of_ranks) : 1);
        const bool stream = test.measure == Measure::one_way_stream || test.measure == Measure::many_streams;
        CaseHeader header = stream ? header_of_imported("unidirectional", bytes, dtype_, of_ranks, nodes, 1)
                                   : header_of(test.collective, bytes, dtype_, of_ranks, nodes);
        auto& parameters = header.what.parameters;
        if (stream || test.measure == Measure::both_ways) {
            parameters["window"] = std::to_string(window());
        }
        if (test.measure == Measure::both_ways) {
            header.bus_factor = busbw_factor(Collective::bidirectional, of_ranks, static_cast<int>(window()));
        }
        if (found_->multi) {
            parameters["pairs"] = name(PairLayout::halves);
        }
        const std::string_view call = found_->call == Call::nonblocking  ? "nonblocking"
                                      : found_->call == Call::persistent ? "persistent"
                                                                         : "";
        const std::string both =
            std::string(test.call) + (test.call.empty() || call.empty() ? "" : " ") + std::string(call);
        if (!both.empty()) {
            parameters["call"] = both;
        }
        return header;
    }

    /// What a row has against itself; empty where nothing.
    std::string contradiction(const Line& line, std::uint64_t size) const
    {
        const auto word = [&](const std::optional<std::size_t>& column) {
            return column && *column < line.words.size() ? line.words[*column] : std::string_view{};
        };
        if (type_is_said_ && size % size_of(dtype_) != 0) {
            return fmt::format("{} bytes are no whole number of {}", size, name(dtype_));
        }
        const bool of_all = found_->test.measure == Measure::latency && found_->call != Call::nonblocking;
        return of_all ? contradiction_of(word(columns_.least), word(columns_.time), word(columns_.most))
                      : std::string();
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

    /// OSU's point-to-point latency is that of one way, plumbline's pingpong the round trip. Nothing where the number
    /// can't be read.
    std::optional<ImportedValue> value_of(const Line& line, const CaseHeader& header) const
    {
        constexpr double megabyte = 1e6;
        const Measure measure = found_->test.measure;
        ImportedValue value{.time_s = 0, .estimator = "", .iterations = iterations_in(line)};
        const bool is_stream =
            measure == Measure::one_way_stream || measure == Measure::many_streams || measure == Measure::both_ways;
        if (is_stream && (!columns_.bandwidth || header.what.bytes == 0)) {
            return std::nullopt;
        }
        if (is_stream) {
            const auto bandwidth = printed(line.words[*columns_.bandwidth]);
            const auto size = static_cast<double>(header.what.bytes);
            const auto messages = static_cast<double>(window());
            const double bytes = measure == Measure::both_ways      ? 2 * messages * size
                                 : measure == Measure::many_streams ? size * header.what.ranks / 2
                                                                    : size;
            value.estimator = measure == Measure::both_ways
                                  ? fmt::format("time of {} messages each way at the mean bandwidth of both", window())
                              : measure == Measure::many_streams
                                  ? "time of a message of each pair at the mean bandwidth of a pair"
                                  : "time of a message at the mean bandwidth";
            auto seconds = seconds_at(bytes, bandwidth, megabyte);
            if (!seconds && columns_.messages && *columns_.messages < line.words.size()) {  // of small ones
                seconds = seconds_at(bytes / size, printed(line.words[*columns_.messages]), 1);
            }
            value.time_s = seconds.value_or(0);
            return seconds ? std::optional(value) : std::nullopt;
        }
        const auto seconds = [&](const std::optional<std::size_t>& column) {
            const auto us = column && *column < line.words.size() ? number(line.words[*column]) : std::nullopt;
            return us ? std::optional(*us / 1e6) : std::nullopt;
        };
        const auto time_s = seconds(columns_.time);
        if (!time_s || !(*time_s > 0)) {
            return std::nullopt;
        }
        const bool one_way = measure == Measure::one_way;
        value.time_s = (one_way ? 2 : 1) * *time_s;
        value.estimator = one_way ? found_->multi ? "twice the mean latency of one way, mean over pairs"
                                                  : "twice the mean latency of one way"
                          : found_->call == Call::nonblocking
                              ? "mean of the iterations, mean over ranks, of the communication alone (Pure Comm.)"
                              : "mean of the iterations, mean over ranks";
        value.fastest_rank_s = seconds(columns_.least);
        value.slowest_rank_s = seconds(columns_.most);
        return value;
    }

    Collector& into_;
    std::optional<FoundTest> found_;  ///< nothing: a table that is left out
    Columns columns_;
    DataType dtype_ = DataType::int8;
    bool type_is_said_ = false;
    std::optional<int> launched_ranks_;
    std::optional<std::uint64_t> pairs_, table_window_, command_window_;
};

}  // namespace

std::vector<SuiteTest> osu_suite()
{
    std::vector<SuiteTest> tests;
    const auto add = [&](const Test& test, std::string title, bool bandwidth) {
        const bool stream = test.measure == Measure::one_way_stream || test.measure == Measure::many_streams;
        std::string note = test.size_per_rank                 ? "size x ranks"
                           : test.measure == Measure::one_way ? "time x 2"
                           : bandwidth                        ? "time from the bandwidth"
                                                              : "";
        if (!test.call.empty()) {
            note += fmt::format("{}`call` {}", note.empty() ? "" : ", ", test.call);
        }
        title += std::string(title.empty() ? "" : " ") + (test.measure == Measure::many_streams
                                                              ? "Bandwidth / Message Rate Test"
                                                          : bandwidth ? "Bandwidth Test"
                                                                      : "Latency Test");
        tests.push_back({.name = std::move(title),
                         .pattern = stream ? std::string_view("unidirectional") : plumbline::name(test.collective),
                         .note = std::move(note)});
    };
    for (const Test& test : latency_tests) {
        add(test, std::string(test.title), false);
    }
    for (const Test& test : bandwidth_tests) {
        add(test, std::string(test.title), true);
    }
    tests.push_back(
        {.name = "Non-blocking ..., ... Persistent", .pattern = "the same", .note = "`call` nonblocking, persistent"});
    add_left_out(left_out, tests);
    return tests;
}

void read_osu(std::string_view log, Collector& into)
{
    Osu reader(into);
    read_lines(log, into, [&](const Line& line) { reader.read(line); });
}

}  // namespace plumbline::import
