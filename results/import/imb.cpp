// SPDX-License-Identifier: Apache-2.0
#include "collectives/operations/traffic.hpp"
#include "results/import/commands.hpp"
#include "results/import/imb_titles.hpp"
#include "results/import/line_prefixes.hpp"
#include "results/import/log_lines.hpp"
#include "results/import/nccl_names.hpp"
#include "results/import/printed_decimals.hpp"
#include "results/util/named.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace plumbline::import {
namespace {

constexpr std::array types{Named{"MPI_BYTE", DataType::uint8}, Named{"MPI_CHAR", DataType::int8},
                           Named{"MPI_INT", DataType::int32}, Named{"MPI_FLOAT", DataType::float32},
                           Named{"MPI_DOUBLE", DataType::float64}};
constexpr std::array ops{Named{"MPI_SUM", ReduceOp::sum}, Named{"MPI_MAX", ReduceOp::max},
                         Named{"MPI_MIN", ReduceOp::min}};

class Imb {
public:
    explicit Imb(Collector& into) : into_(into) {}

    void read(const Line& line)
    {
        if (starts_with_words(line, {"#", "Benchmarking"})) {
            start(line);
        } else if (starts_with_words(line, {"#", "#processes", "="}) && line.words.size() > 3) {
            const auto processes = count(line.words[3]);
            ranks_ = processes && *processes > 0 && *processes < 10000000 ? std::optional(static_cast<int>(*processes))
                                                                          : std::nullopt;
        } else if (starts_with_words(line, {"#", "MPI_Datatype"}) || starts_with_words(line, {"#", "MPI_Op"})) {
            set_types(line);
        } else if (starts_with_words(line, {"#", "("}) && word_after(line, "processes") == "each") {
            set_groups(line);
        } else if (starts_with_words(line, {"#", "Date", ":"})) {
            if (const auto moment = parse_c_date(line.text.substr(line.text.find(':') + 1))) {
                into_.started(*moment);
            }
        } else if (starts_with_words(line, {"#bytes", "#repetitions"}) || starts_with_words(line, {"#repetitions"}) ||
                   starts_with_words(line, {"Group", "#bytes"}) || starts_with_words(line, {"Group", "#repetitions"})) {
            set_columns(line);
        } else if (const auto command = command_in(line, "IMB-")) {
            launched_ranks_ = command->ranks;
            launched_nodes_ = command->nodes;
        } else if (line.text.starts_with("Error ") || line.text.find(": Error ") != std::string_view::npos) {
            note_error(line);
        } else if (line.text.starts_with("Application error code")) {
            into_.refuse_table(line.number, fmt::format("the run failed, says the log: {}", line.text));
        } else if (benchmark_ != nullptr && columns_.repetitions && !line.words.empty() && count(line.words[0])) {
            row(line);
        } else if (benchmark_ != nullptr && !has_titles_ && line.words.size() > 3 &&
                   std::ranges::all_of(line.words, [](std::string_view word) { return number(word).has_value(); })) {
            into_.leave_out_untitled(line.number);
        } else if (is_of_a_suite(line.text) && !line.text.starts_with("#-")) {
            benchmark_ = nullptr;
        }
    }

private:
    void start(const Line& line)
    {
        into_.begin_table();
        std::string title(line.words.size() > 2 ? line.words[2] : std::string_view{});
        constexpr std::string_view several = "Multi-";
        title.erase(0, title.starts_with(several) ? several.size() : 0);
        const imb::NamedBenchmark named = imb::named(title);
        benchmark_ = named.benchmark;
        nonblocking_ = named.call;
        groups_ = 1;
        columns_ = {};
        has_titles_ = false;
        ranks_.reset();
        // The title is printed with the first row: an error at that size may stand above both.
        wrong_.erase(wrong_.begin(), wrong_.begin() + static_cast<std::ptrdiff_t>(wrong_before_last_row_));
        wrong_before_last_row_ = 0;
        if (benchmark_ == nullptr) {
            into_.warn(line.number, fmt::format("'{}' is left out ({})", title, imb::why_left_out(title)));
        }
    }

    /// "# ( 2 groups of 4 processes each running simultaneous )"
    void set_groups(const Line& line)
    {
        const auto groups = count(word_after(line, "("));
        const auto processes = count(word_after(line, "of"));
        if (groups && processes && *groups > 0 && *processes > 0 && *groups * *processes < 10000000) {
            groups_ = static_cast<int>(*groups);
            ranks_ = static_cast<int>(*processes);
        }
    }

    /// "# MPI_Datatype : MPI_BYTE", "# MPI_Datatype for reductions : MPI_FLOAT", "# MPI_Op : MPI_SUM"
    void set_types(const Line& line)
    {
        const std::string_view word = word_after(line, ":");
        if (line.words[1] == "MPI_Op") {
            op_ = {.word = std::string(word), .value = find_in(ops, word), .said = true};
        } else {
            (word_after(line, "MPI_Datatype") == "for" ? reduced_ : moved_) = {
                .word = std::string(word), .value = find_in(types, word), .said = true};
        }
    }

    void set_columns(const Line& line)
    {
        if (has_titles_ && benchmark_ != nullptr) {
            into_.begin_table();
            into_.warn(line.number,
                       "which benchmark this table is of is not said (the name above is of another). It is left out");
            benchmark_ = nullptr;
        }
        has_titles_ = true;
        columns_ = imb::columns_of(line);
        if (columns_.messages && columns_.one_way && benchmark_ != nullptr) {
            into_.warn(line.number, fmt::format("'{}' is left out (a table of IMB-P2P, which plumbline doesn't import)",
                                                benchmark_->title));
            benchmark_ = nullptr;
        }
    }

    /// "15: Error Reduce_scatter,size = 4,sample #0", before the row of that size.
    void note_error(const Line& line)
    {
        const std::size_t at = line.text.find("size = ");
        const std::string_view digits =
            at == std::string_view::npos ? std::string_view{} : line.text.substr(at + sizeof "size = " - 1);
        if (const auto size = count(digits.substr(0, digits.find_first_not_of("0123456789")))) {
            wrong_.push_back(*size);
        } else {
            into_.refuse_table(line.number, fmt::format("wrong data, says the log: {}", line.text));
        }
    }

    std::optional<std::size_t> time_column() const
    {
        const bool is_stream =
            benchmark_->measure == imb::Measure::one_way_stream || benchmark_->measure == imb::Measure::both_ways;
        return is_stream                                ? columns_.megabytes
               : columns_.pure && !nonblocking_.empty() ? columns_.pure
               : columns_.most                          ? columns_.most
                                                        : columns_.one_way;
    }

    void row(const Line& line)
    {
        const auto time_at = time_column();
        wrong_before_last_row_ = wrong_.size();
        const std::uint64_t size =
            columns_.bytes && *columns_.bytes < line.words.size() ? count(line.words[*columns_.bytes]).value_or(0) : 0;
        const bool of_nothing = columns_.bytes && size == 0;  // IMB's row of zero bytes
        if (of_nothing && line.words.size() > columns_.width) {
            into_.warn(line.number, fmt::format("a row that can't be read: {}", line.text));
        }
        if (!time_at || of_nothing) {
            return;
        }
        const bool cut = line.last_without_end;
        if (cut || size > (std::uint64_t{1} << 48U)) {
            into_.warn(line.number, "the log is cut short here");
            return;
        }
        auto header = header_at(line, size);
        if (!header) {
            return;
        }
        if (columns_.bytes) {  // with the group's number before it
            const auto end = line.words.begin() + static_cast<std::ptrdiff_t>(*columns_.bytes) + 1;
            into_.in_turn(line.number, fmt::format("{} B", fmt::join(line.words.begin(), end, " ")));
        }
        std::size_t numbers = 0;
        while (numbers < line.words.size() && number(line.words[numbers])) {
            ++numbers;
        }
        judge(line, size, *header);
        if (header->status == CaseStatus::measured &&
            (numbers != columns_.width || line.words.size() != columns_.width ||
             !(*number(line.words[*time_at]) > 0))) {
            into_.warn(line.number, fmt::format("a row without times: {}", line.text));
            fail(*header, fmt::format("not measured, says the log: {}", line.text));
        }
        if (std::string why =
                header->status == CaseStatus::measured ? contradiction(line, *time_at, size, header->what.dtype) : "";
            !why.empty()) {
            into_.warn(line.number, why);
            fail(*header, std::move(why));
        }
        if (header->status == CaseStatus::measured) {
            header->reported = value_of(line, *time_at, *header);
            if (!header->reported) {
                fail(*header, fmt::format("no time follows from its bandwidth, '{}'", line.words[*time_at]));
                into_.warn(line.number, header->why.english());
            }
        }
        into_.add(std::move(*header));
    }

    /// Nothing, with a warning, where plumbline has no such type or reduction.
    std::optional<CaseHeader> header_at(const Line& line, std::uint64_t size)
    {
        const bool reduces = info(benchmark_->collective).reduces;
        const Said<DataType>& dtype = reduces ? reduced_ : moved_;
        // Where a part of the preamble is there the other one is lost; where none is there, IMB's defaults are meant.
        if ((moved_.said || reduced_.said || op_.said) && (!dtype.said || (reduces && !op_.said))) {
            into_.warn_once(line.number,
                            fmt::format("no line says the {} (# {}): taken for {}, IMB's default",
                                        dtype.said ? "reduction" : "type", dtype.said ? "MPI_Op" : "MPI_Datatype",
                                        dtype.said ? op_.word : dtype.word));
        }
        if (!dtype.value || (reduces && !op_.value)) {
            into_.warn(line.number,
                       fmt::format("{} is left out (plumbline has no such {})", dtype.value ? op_.word : dtype.word,
                                   dtype.value ? "reduction" : "type"));
            benchmark_ = nullptr;
            return std::nullopt;
        }
        if (ranks_ && into_.hints().ranks && ranks_ != into_.hints().ranks) {
            into_.warn_once(0, fmt::format("--ranks {} is not taken where a table says its own number of ranks",
                                           *into_.hints().ranks));
        }
        const int ranks = ranks_ ? *ranks_ : ranks_or_throw(ranks_, into_);
        const int nodes = into_.hints().nodes.value_or(nodes_of(ranks));
        const std::uint64_t bytes = size * (benchmark_->size_per_rank ? static_cast<std::uint64_t>(ranks) : 1);
        const imb::Measure measure = benchmark_->measure;
        CaseHeader header = measure == imb::Measure::neighbours
                                ? header_of_imported("exchange", bytes, *dtype.value, ranks, nodes, 2)
                            : measure == imb::Measure::one_way_stream
                                ? header_of_imported("unidirectional", bytes, *dtype.value, ranks, nodes, 1)
                                : header_of(benchmark_->collective, bytes, *dtype.value, ranks, nodes);
        if (measure == imb::Measure::both_ways) {
            header.bus_factor = busbw_factor(Collective::bidirectional, ranks, window);
        }
        header.what.op = reduces ? *op_.value : ReduceOp::sum;
        describe_call(header.what.parameters);
        return header;
    }

    /// Those of the command, whose ranks a table may have fewer of.
    int nodes_of(int ranks) const
    {
        const int nodes = launched_nodes_.value_or(1);
        if (!launched_ranks_ || *launched_ranks_ < ranks) {
            return std::min(ranks, nodes);
        }
        const int per_node = (*launched_ranks_ - 1) / nodes + 1;  // launchers fill node after node
        return (ranks - 1) / per_node + 1;
    }

    /// Messages of a window of Uniband and Biband, which nothing but IMB's source says.
    static constexpr int window = 64;

    void describe_call(std::map<std::string, std::string>& parameters) const
    {
        const bool is_stream =
            benchmark_->measure == imb::Measure::one_way_stream || benchmark_->measure == imb::Measure::both_ways;
        if (is_stream) {
            parameters["window"] = std::to_string(window);
            parameters["pairs"] = name(PairLayout::halves);
        }
        const std::string call = std::string(benchmark_->call) +
                                 (benchmark_->call.empty() || nonblocking_.empty() ? "" : " ") + nonblocking_;
        if (!call.empty()) {
            parameters["call"] = call;
        }
        if (groups_ > 1) {
            parameters["groups"] = std::to_string(groups_);
        }
    }

    void judge(const Line& line, std::uint64_t size, CaseHeader& header) const
    {
        const auto defects = columns_.defects && *columns_.defects < line.words.size()
                                 ? number(line.words[*columns_.defects])
                                 : std::nullopt;
        if (std::find(wrong_.begin(), wrong_.end(), size) != wrong_.end()) {
            fail(header, "wrong data (an Error line of this size, says the log)");
        } else if (defects && *defects > 0) {
            fail(header, fmt::format("wrong data (defects {:g}, says the log)", *defects));
        } else if (defects) {
            mark_verified(header);
        }
    }

    /// IMB prints all times of a row with as many decimals, and sizes that are whole elements.
    std::string contradiction_of_form(const Line& line, std::uint64_t size, DataType dtype) const
    {
        if (size % size_of(dtype) != 0) {
            return fmt::format("{} bytes are no whole number of {}", size, name(dtype));
        }
        std::vector<std::string_view> times;
        for (const auto& column :
             {columns_.least, columns_.mean, columns_.most, columns_.one_way, columns_.pure, columns_.megabytes}) {
            if (column) {
                times.push_back(line.words[*column]);
            }
        }
        return unlike_decimals(times);
    }

    /// What a row of numbers has against itself: times out of order, or a bandwidth that is not of its time.
    std::string contradiction(const Line& line, std::size_t time_at, std::uint64_t size, DataType dtype) const
    {
        if (std::string why = contradiction_of_form(line, size, dtype); !why.empty()) {
            return why;
        }
        const auto word = [&](const std::optional<std::size_t>& column) {
            return column ? line.words[*column] : std::string_view{};
        };
        if (std::string why = contradiction_of(word(columns_.least), word(columns_.mean), word(columns_.most));
            !why.empty()) {
            return why;
        }
        if (columns_.megabytes && columns_.messages) {
            return contradiction_of_rate(word(columns_.megabytes), word(columns_.messages), size);
        }
        const bool of_time = columns_.megabytes && time_at != *columns_.megabytes && groups_ == 1;
        if (!of_time) {
            return {};
        }
        const auto bandwidth = printed(word(columns_.megabytes));
        const auto slowest = printed(line.words[time_at]);
        const auto fastest = columns_.least ? printed(word(columns_.least)) : slowest;
        if (!bandwidth || !slowest || !fastest || !(fastest->value > fastest->half_unit)) {
            return {};
        }
        const double messages = benchmark_->measure == imb::Measure::neighbours  ? 4
                                : benchmark_->collective == Collective::sendrecv ? 2
                                                                                 : 1;
        const double bytes = messages * static_cast<double>(size);
        // Of which of the times isn't said. IMB 2019 and later write 10^6 bytes, those before 2^20.
        constexpr double slack = 1.01;
        const double least = bytes / (slowest->value + slowest->half_unit) / 1.048576 / slack;
        const double most = bytes / (fastest->value - fastest->half_unit) * slack;
        return bandwidth->value + bandwidth->half_unit >= least && bandwidth->value - bandwidth->half_unit <= most
                   ? std::string()
                   : fmt::format("Mbytes/sec {} is not {} bytes in {} us", word(columns_.megabytes), bytes,
                                 line.words[time_at]);
    }

    /// Nothing where a bandwidth has too few digits for a time.
    std::optional<ImportedValue> value_of(const Line& line, std::size_t time_at, const CaseHeader& header) const
    {
        constexpr double megabyte = 1e6;
        const imb::Measure measure = benchmark_->measure;
        const auto seconds = [&](const std::optional<std::size_t>& column) {
            const auto us = column ? number(line.words[*column]) : std::nullopt;
            return us ? std::optional(*us / 1e6) : std::nullopt;
        };
        const auto repetitions = count(line.words[*columns_.repetitions]);
        ImportedValue value{.time_s = 0,
                            .estimator = "",
                            .iterations = repetitions && *repetitions > 0 && *repetitions < 1000000000
                                              ? std::optional(static_cast<int>(*repetitions))
                                              : std::nullopt};
        if (measure == imb::Measure::one_way_stream || measure == imb::Measure::both_ways) {
            const double pairs = header.what.ranks / 2;
            const double messages = pairs * (measure == imb::Measure::both_ways ? 2.0 * window : 1.0);
            const auto time_s =
                seconds_at(messages * static_cast<double>(header.what.bytes), printed(line.words[time_at]), megabyte);
            value.time_s = time_s.value_or(0);
            value.estimator = measure == imb::Measure::both_ways
                                  ? fmt::format("time of {} messages each way at the mean bandwidth of both", window)
                                  : "time of a message of each pair at the mean bandwidth of a pair";
            return time_s && value.time_s > 0 ? std::optional(value) : std::nullopt;
        }
        const bool one_way = measure == imb::Measure::one_way;
        value.time_s = (one_way ? 2 : 1) * *number(line.words[time_at]) / 1e6;
        value.estimator = one_way ? "twice the mean latency of one way"
                          : !nonblocking_.empty() && columns_.pure
                              ? "mean of the repetitions, of the communication alone (t_pure)"
                              : "mean of the repetitions, slowest rank (t_max)";
        value.fastest_rank_s = seconds(columns_.least);
        value.slowest_rank_s = one_way ? std::nullopt : seconds(columns_.most);
        return value;
    }

    template <class E>
    struct Said {
        std::string word;
        std::optional<E> value;
        bool said = false;  ///< by the preamble
    };

    Collector& into_;
    const imb::Benchmark* benchmark_ = nullptr;  ///< null: a table that is left out
    std::string nonblocking_;  ///< the parameter `call` of what doesn't block, or is persistent; empty: neither
    bool has_titles_ = false;  ///< of its columns, which a benchmark has once
    int groups_ = 1;           ///< that do the same at once, each of so many ranks
    std::optional<int> ranks_, launched_ranks_, launched_nodes_;
    imb::Columns columns_;
    std::vector<std::uint64_t> wrong_;  ///< #bytes of rows with wrong data
    std::size_t wrong_before_last_row_ = 0;
    // What IMB does where its preamble is missing.
    Said<DataType> moved_{.word = "MPI_BYTE", .value = DataType::uint8};
    Said<DataType> reduced_{.word = "MPI_FLOAT", .value = DataType::float32};
    Said<ReduceOp> op_{.word = "MPI_SUM", .value = ReduceOp::sum};
};

}  // namespace

void read_imb(std::string_view log, Collector& into)
{
    Imb reader(into);
    read_lines(log, into, [&](const Line& line) { reader.read(line); });
}

}  // namespace plumbline::import
