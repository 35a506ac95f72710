// SPDX-License-Identifier: Apache-2.0
#include "collectives/operations/traffic.hpp"
#include "results/import/commands.hpp"
#include "results/import/line_prefixes.hpp"
#include "results/import/log_lines.hpp"
#include "results/import/nccl_names.hpp"
#include "results/import/osu_titles.hpp"
#include "results/import/printed_decimals.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

namespace plumbline::import {
namespace {

/// "v5.8" -> 5; nothing for another word.
std::optional<std::uint64_t> major_version(std::string_view version)
{
    const std::string_view number = version.substr(version.starts_with('v') || version.starts_with('V') ? 1 : 0);
    return count(number.substr(0, number.find('.')));
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
            if (word_after(line, "size:") == "varied") {
                leave_out(line, line.text, osu::why_left_out(line.text));
            }
        } else if (const auto columns = osu::columns_of(line)) {
            begin_table(line, *columns);
        } else if (line.text.find("DATA VALIDATION ERROR") != std::string_view::npos) {
            judge(line);
        } else if (const auto command = command_in(line, "osu_")) {
            program_ = std::string(command->program);
            launched_ranks_ = command->ranks;
            command_is_new_ = true;
            launched_nodes_ = command->nodes;
            command_window_ = count(option_after(line, command->word, "-W", "--window-size"));
        } else if (found_ && dtype_ && columns_ && !line.words.empty() &&
                   (number(line.words[0]) || is_row_of_another_size(line))) {
            row(line);
        } else if (found_ && dtype_ && !columns_ && line.words.size() > 1 && count(line.words[0]) &&
                   number(line.words[1])) {
            into_.leave_out_untitled(line.number);
        } else if (is_of_a_suite(line.text)) {
            end_table();
            found_.reset();
            columns_.reset();
        }
    }

    void finish() { end_table(); }

private:
    /// "1M   1800.25": as many words as titles, numbers but for the size, which is none that OSU writes.
    bool is_row_of_another_size(const Line& line) const
    {
        const auto& words = line.words;
        return columns_->size && words.size() == columns_->width && words[0].front() >= '0' &&
               words[0].front() <= '9' &&
               std::all_of(words.begin() + 1, words.end(), [](std::string_view word) { return number(word); });
    }

    void leave_out(const Line& line, std::string_view what, std::string_view why)
    {
        into_.warn(line.number, fmt::format("'{}' is left out ({})", what, why));
        found_.reset();
    }

    /// Of the table that ends here nothing more is said.
    void end_table()
    {
        for (const auto& odd : decimals_.take_odd()) {
            CaseHeader& header = into_.table()[odd.index];
            if (header.status == CaseStatus::measured) {
                into_.warn(odd.line, odd.why);
                fail(header, odd.why);
            }
        }
    }

    void begin(const Line& line)
    {
        end_table();
        found_ = osu::test_of(line);
        titled_ = true;
        title_line_ = line.number;
        command_is_anothers_ = !std::exchange(command_is_new_, false);
        columns_.reset();
        pairs_.reset();
        table_window_.reset();
        type_is_said_ = false;
        dtype_ = DataType::int8;
        into_.begin_table();
        const std::string program = std::exchange(program_, {});  // of this title alone
        if (!found_) {
            leave_out(line, line.text, osu::why_left_out(line.text));
            return;
        }
        if (program.find("_fan_") != std::string::npos) {  // whose title is osu_bw's
            leave_out(line, program, osu::why_left_out(program));
            return;
        }
        // Before version 7 no line says the type: reductions are of MPI_FLOAT, all others of MPI_CHAR.
        const bool reduces = info(found_->test.collective).reduces;
        const std::string_view version = osu::version_of(line);
        if (reduces && major_version(version).value_or(0) < 7) {
            dtype_ = DataType::float32;
        }
        types_are_said_ = major_version(version).value_or(0) >= 7;
        if (!version.empty()) {
            into_.say("suite", "OSU " + std::string(version));
        }
    }

    void set_type(const Line& line)
    {
        const std::string_view said = line.words.size() > 2 ? line.words[2] : std::string_view{};
        const std::string_view word = said.substr(0, said.find('.'));
        dtype_ = osu::type_of(word);
        type_is_said_ = true;
        begin_part();
        if (!dtype_ && found_) {
            into_.warn(line.number, fmt::format("the table of '{}' is left out (plumbline has no such type)", word));
        }
    }

    /// A title has a table for each type.
    void begin_part()
    {
        end_table();
        columns_.reset();
        into_.begin_table();
    }

    void begin_table(const Line& line, const osu::Columns& columns)
    {
        if (columns_ && found_) {
            begin_part();
            into_.warn(line.number,
                       "which test this table is of is not said (the title above is of another). It is left out");
            found_.reset();
        }
        columns_ = columns;
        if (!titled_) {
            into_.warn_once(
                line.number,
                "a table is left out (no title above it says of which test it is, such as '# OSU MPI Allreduce "
                "Latency Test v7.4')");
        }
        if (found_ && columns.sent) {
            leave_out(line, line.text, osu::why_left_out(line.text));
        }
    }

    /// "DATA VALIDATION ERROR: osu_allreduce exited with status 1 on message size 16."
    void judge(const Line& line)
    {
        const std::string_view size = word_after(line, "size");
        if (std::ranges::none_of(into_.table(), has_wrong_data)) {
            into_.refuse_table(line.number, fmt::format("wrong data at message size {}, says the log",
                                                        size.substr(0, size.find('.'))));
        }
    }

    bool has_width(const Line& line) const
    {
        const std::size_t words = line.words.size();
        return words == columns_->width || words == columns_->width - columns_->percentiles;
    }

    void row(const Line& line)
    {
        const auto size = columns_->size ? count(line.words[0]) : std::optional<std::uint64_t>(0);
        const auto value_at = columns_->time ? columns_->time : columns_->bandwidth;
        if (!value_at || line.last_without_end || !size || !has_width(line) || *size > (std::uint64_t{1} << 48U)) {
            into_.warn(line.number, line.last_without_end ? "the log is cut short here"
                                                          : fmt::format("a row that can't be read: {}", line.text));
            return;
        }
        if (columns_->size && *size == 0) {
            return;
        }
        if (columns_->size) {
            into_.in_turn(line.number, fmt::format("{} B", *size));
        }
        if (!columns_->size && !into_.table().empty()) {
            into_.warn(line.number, fmt::format("a row that can't be read: {} (a barrier has one row)", line.text));
            return;
        }
        if (!type_is_said_ && types_are_said_ && info(found_->test.collective).reduces) {
            into_.warn_once(line.number, "no line says the type (# Datatype): taken for MPI_CHAR, OSU's default");
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
            fail(header, columns_->time
                             ? fmt::format("its time, '{}', can't be read", line.words[*value_at])
                             : fmt::format("no time follows from its bandwidth, '{}'", line.words[*value_at]));
        }
        if (header.status == CaseStatus::measured) {
            header.reported = *value;
            decimals_.add(into_.table().size(), line.number, line.words[*value_at]);
        }
        into_.add(std::move(header));
    }

    /// Two, or those of all pairs; of a collective what its launcher was told.
    int ranks() const
    {
        if (found_->test.measure == osu::Measure::latency) {
            if (command_is_anothers_ && launched_ranks_ && !into_.hints().ranks) {
                into_.warn_once(title_line_,
                                fmt::format("no command stands right before this title; the {} ranks of the "
                                            "last one are taken. Give the number with --ranks where that is "
                                            "wrong",
                                            *launched_ranks_));
            }
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
        const osu::Test& test = found_->test;
        const int of_ranks = ranks();
        const int nodes = into_.hints().nodes.value_or(std::min(of_ranks, launched_nodes_.value_or(1)));
        const std::uint64_t bytes = size * (test.size_per_rank ? static_cast<std::uint64_t>(of_ranks) : 1);
        const bool stream = test.measure == osu::Measure::one_way_stream || test.measure == osu::Measure::many_streams;
        CaseHeader header = stream ? header_of_imported("unidirectional", bytes, *dtype_, of_ranks, nodes, 1)
                                   : header_of(test.collective, bytes, *dtype_, of_ranks, nodes);
        auto& parameters = header.what.parameters;
        if (stream || test.measure == osu::Measure::both_ways) {
            parameters["window"] = std::to_string(window());
        }
        if (test.measure == osu::Measure::both_ways) {
            header.bus_factor = busbw_factor(Collective::bidirectional, of_ranks, static_cast<int>(window()));
        }
        if (found_->multi) {
            parameters["pairs"] = name(PairLayout::halves);
        }
        const std::string_view call = found_->call == osu::Call::nonblocking  ? "nonblocking"
                                      : found_->call == osu::Call::persistent ? "persistent"
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
        if (type_is_said_ && size % size_of(*dtype_) != 0) {
            return fmt::format("{} bytes are no whole number of {}", size, name(*dtype_));
        }
        if (columns_->messages && columns_->bandwidth) {
            return contradiction_of_rate(word(columns_->bandwidth), word(columns_->messages), size);
        }
        const bool of_all = found_->test.measure == osu::Measure::latency && found_->call != osu::Call::nonblocking;
        return of_all ? contradiction_of(word(columns_->least), word(columns_->time), word(columns_->most))
                      : std::string();
    }

    void judge_validation(const Line& line, CaseHeader& header) const
    {
        if (!columns_->validation || *columns_->validation >= line.words.size()) {
            return;
        }
        const std::string_view said = line.words[*columns_->validation];
        if (said == "Pass") {
            mark_verified(header);
        } else if (said != "-" && said != "N/A") {
            fail(header, fmt::format("wrong data (Validation {}, says the log)", said));
        }
    }

    std::optional<int> iterations_in(const Line& line) const
    {
        if (!columns_->iterations || *columns_->iterations >= line.words.size()) {
            return std::nullopt;
        }
        const std::uint64_t iterations = count(line.words[*columns_->iterations]).value_or(0);
        return iterations > 0 && iterations < 1000000000 ? std::optional(static_cast<int>(iterations)) : std::nullopt;
    }

    /// OSU's point-to-point latency is that of one way, plumbline's pingpong the round trip. Nothing where the number
    /// can't be read.
    std::optional<ImportedValue> value_of(const Line& line, const CaseHeader& header) const
    {
        constexpr double megabyte = 1e6;
        const osu::Measure measure = found_->test.measure;
        ImportedValue value{.time_s = 0, .estimator = "", .iterations = iterations_in(line)};
        const bool is_stream = measure == osu::Measure::one_way_stream || measure == osu::Measure::many_streams ||
                               measure == osu::Measure::both_ways;
        if (is_stream && (!columns_->bandwidth || header.what.bytes == 0)) {
            return std::nullopt;
        }
        if (is_stream) {
            const auto bandwidth = printed(line.words[*columns_->bandwidth]);
            const auto size = static_cast<double>(header.what.bytes);
            const auto messages = static_cast<double>(window());
            const double bytes = measure == osu::Measure::both_ways      ? 2 * messages * size
                                 : measure == osu::Measure::many_streams ? size * header.what.ranks / 2
                                                                         : size;
            value.estimator = measure == osu::Measure::both_ways
                                  ? fmt::format("time of {} messages each way at the mean bandwidth of both", window())
                              : measure == osu::Measure::many_streams
                                  ? "time of a message of each pair at the mean bandwidth of a pair"
                                  : "time of a message at the mean bandwidth";
            auto seconds = seconds_at(bytes, bandwidth, megabyte);
            if (!seconds && columns_->messages && *columns_->messages < line.words.size()) {  // of small ones
                seconds = seconds_at(bytes / size, printed(line.words[*columns_->messages]), 1);
            }
            value.time_s = seconds.value_or(0);
            return seconds ? std::optional(value) : std::nullopt;
        }
        const auto seconds = [&](const std::optional<std::size_t>& column) {
            const auto us = column && *column < line.words.size() ? number(line.words[*column]) : std::nullopt;
            return us ? std::optional(*us / 1e6) : std::nullopt;
        };
        const auto time_s = seconds(columns_->time);
        if (!time_s || !(*time_s > 0)) {
            return std::nullopt;
        }
        const bool one_way = measure == osu::Measure::one_way;
        value.time_s = (one_way ? 2 : 1) * *time_s;
        value.estimator = one_way ? found_->multi ? "twice the mean latency of one way, mean over pairs"
                                                  : "twice the mean latency of one way"
                          : found_->call == osu::Call::nonblocking
                              ? "mean of the iterations, mean over ranks, of the communication alone (Pure Comm.)"
                              : "mean of the iterations, mean over ranks";
        value.fastest_rank_s = seconds(columns_->least);
        value.slowest_rank_s = seconds(columns_->most);
        return value;
    }

    Collector& into_;
    std::optional<osu::FoundTest> found_;  ///< nothing: a table that is left out
    bool command_is_new_ = false;          ///< no title stood below the last command yet
    bool command_is_anothers_ = false;     ///< a title above this one had it
    std::size_t title_line_ = 0;
    bool titled_ = false;                             ///< a title was there
    std::optional<osu::Columns> columns_;             ///< nothing: no table yet
    std::optional<DataType> dtype_ = DataType::int8;  ///< nothing: one that plumbline doesn't have
    bool type_is_said_ = false;
    bool types_are_said_ = false;  ///< in this version, of each table
    PrintedDecimals decimals_;
    std::string program_;  ///< that the command before the title starts
    std::optional<int> launched_ranks_, launched_nodes_;
    std::optional<std::uint64_t> pairs_, table_window_, command_window_;
};

}  // namespace

void read_osu(std::string_view log, Collector& into)
{
    Osu reader(into);
    read_lines(log, into, [&](const Line& line) { reader.read(line); });
    reader.finish();
}

}  // namespace plumbline::import
