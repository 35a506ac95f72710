// SPDX-License-Identifier: Apache-2.0
#include "results/import/log_lines.hpp"
#include "results/import/nccl_names.hpp"
#include "results/util/named.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>

namespace plumbline::import {
namespace {

struct Benchmark {
    std::string_view title;
    Collective collective;
    bool size_per_rank;  ///< #bytes is the size of one rank's block; S is that times the ranks
};
constexpr std::array benchmarks{Benchmark{"Allreduce", Collective::allreduce, false},
                                Benchmark{"Allgather", Collective::allgather, true},
                                Benchmark{"Alltoall", Collective::alltoall, true},
                                Benchmark{"Bcast", Collective::broadcast, false},
                                Benchmark{"Reduce", Collective::reduce, false},
                                Benchmark{"Reduce_scatter", Collective::reduce_scatter, false},
                                Benchmark{"Gather", Collective::gather, true},
                                Benchmark{"Scatter", Collective::scatter, true},
                                Benchmark{"Barrier", Collective::barrier, false},
                                Benchmark{"PingPong", Collective::pingpong, false},
                                Benchmark{"Sendrecv", Collective::sendrecv, false}};

constexpr std::array types{Named{"MPI_BYTE", DataType::uint8}, Named{"MPI_CHAR", DataType::int8},
                           Named{"MPI_INT", DataType::int32}, Named{"MPI_FLOAT", DataType::float32},
                           Named{"MPI_DOUBLE", DataType::float64}};
constexpr std::array ops{Named{"MPI_SUM", ReduceOp::sum}, Named{"MPI_MAX", ReduceOp::max},
                         Named{"MPI_MIN", ReduceOp::min}};

const Benchmark* benchmark_of(std::string_view title)
{
    const auto* const found =
        std::find_if(benchmarks.begin(), benchmarks.end(), [&](const Benchmark& b) { return b.title == title; });
    return found == benchmarks.end() ? nullptr : found;
}

struct Columns {
    std::optional<std::size_t> bytes, repetitions, least, most, one_way, pure, defects;
    std::size_t width = 0;
};

class Imb {
public:
    explicit Imb(Collector& into) : into_(into) {}

    void read(const Line& line)
    {
        if (line.unix_s) {
            into_.started(*line.unix_s);
        }
        if (starts_with_words(line, {"#", "Benchmarking"})) {
            start(line);
        } else if (starts_with_words(line, {"#", "#processes", "="}) && line.words.size() > 3) {
            const auto processes = count(line.words[3]);
            ranks_ = processes && *processes > 0 && *processes < 10000000 ? std::optional(static_cast<int>(*processes))
                                                                          : std::nullopt;
        } else if (starts_with_words(line, {"#", "MPI_Datatype"}) || starts_with_words(line, {"#", "MPI_Op"})) {
            set_types(line);
        } else if (starts_with_words(line, {"#bytes", "#repetitions"}) || starts_with_words(line, {"#repetitions"})) {
            set_columns(line);
        } else if (line.text.starts_with("Error ") || line.text.find(": Error ") != std::string_view::npos) {
            note_error(line);
        } else if (line.text.starts_with("Application error code")) {
            into_.refuse_table(line.number, fmt::format("the run failed, says the log: {}", line.text));
        } else if (benchmark_ != nullptr && columns_.repetitions && !line.words.empty() && count(line.words[0])) {
            row(line);
        }
    }

private:
    void start(const Line& line)
    {
        into_.begin_table();
        const std::string_view title = line.words.size() > 2 ? line.words[2] : std::string_view{};
        benchmark_ = benchmark_of(title);
        nonblocking_ = false;
        if (benchmark_ == nullptr && title.starts_with('I') && title.size() > 1) {  // Iallreduce of IMB-NBC
            std::string blocking(title.substr(1));
            blocking[0] = static_cast<char>(blocking[0] - (blocking[0] >= 'a' && blocking[0] <= 'z' ? 'a' - 'A' : 0));
            benchmark_ = title.ends_with("_pure") ? nullptr : benchmark_of(blocking);
            nonblocking_ = benchmark_ != nullptr;
        }
        columns_ = {};
        ranks_.reset();
        wrong_.clear();
        if (benchmark_ == nullptr) {
            into_.warn(
                line.number,
                fmt::format("'{}' is left out (plumbline imports IMB's collectives, PingPong and Sendrecv)", title));
        }
    }

    /// "# MPI_Datatype : MPI_BYTE", "# MPI_Datatype for reductions : MPI_FLOAT", "# MPI_Op : MPI_SUM"
    void set_types(const Line& line)
    {
        const std::string_view word = word_after(line, ":");
        if (line.words[1] == "MPI_Op") {
            op_ = {.word = std::string(word), .value = find_in(ops, word)};
        } else {
            (word_after(line, "MPI_Datatype") == "for" ? reduced_ : moved_) = {.word = std::string(word),
                                                                               .value = find_in(types, word)};
        }
    }

    void set_columns(const Line& line)
    {
        columns_ = {};
        for (const std::string_view title : line.words) {
            const std::size_t at = columns_.width++;
            if (title == "#bytes") {
                columns_.bytes = at;
            } else if (title == "#repetitions") {
                columns_.repetitions = at;
            } else if (title == "t_min[usec]") {
                columns_.least = at;
            } else if (title == "t_max[usec]") {
                columns_.most = at;
            } else if (title == "t[usec]") {
                columns_.one_way = at;
            } else if (title == "t_pure[usec]") {
                columns_.pure = at;
            } else if (title == "defects") {
                columns_.defects = at;
            }
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
        return columns_.pure && nonblocking_ ? columns_.pure : columns_.most ? columns_.most : columns_.one_way;
    }

    void row(const Line& line)
    {
        const auto time_at = time_column();
        const std::uint64_t size = columns_.bytes ? count(line.words[0]).value_or(0) : 0;
        if (!time_at || (columns_.bytes && size == 0)) {
            return;  // IMB's row of zero bytes
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
        if (header->status == CaseStatus::measured) {
            header->reported = value_of(line, *time_at);
        }
        into_.add(std::move(*header));
    }

    /// Nothing, with a warning, where plumbline has no such type or reduction.
    std::optional<CaseHeader> header_at(const Line& line, std::uint64_t size)
    {
        const bool reduces = info(benchmark_->collective).reduces;
        const Said<DataType>& dtype = reduces ? reduced_ : moved_;
        if (!dtype.value || (reduces && !op_.value)) {
            into_.warn(line.number,
                       fmt::format("{} is left out (plumbline has no such {})", dtype.value ? op_.word : dtype.word,
                                   dtype.value ? "reduction" : "type"));
            benchmark_ = nullptr;
            return std::nullopt;
        }
        const int ranks = ranks_or_throw(ranks_, into_);
        const std::uint64_t bytes = size * (benchmark_->size_per_rank ? static_cast<std::uint64_t>(ranks) : 1);
        CaseHeader header =
            header_of(benchmark_->collective, bytes, *dtype.value, ranks, into_.hints().nodes.value_or(1));
        header.what.op = reduces ? *op_.value : ReduceOp::sum;
        if (nonblocking_) {
            header.what.parameters["call"] = "nonblocking";
        }
        return header;
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

    ImportedValue value_of(const Line& line, std::size_t time_at) const
    {
        const auto seconds = [&](const std::optional<std::size_t>& column) {
            const auto us = column ? number(line.words[*column]) : std::nullopt;
            return us ? std::optional(*us / 1e6) : std::nullopt;
        };
        const bool one_way = benchmark_->collective == Collective::pingpong;
        const auto repetitions = count(line.words[*columns_.repetitions]);
        return {.time_s = (one_way ? 2 : 1) * *number(line.words[time_at]) / 1e6,
                .estimator = one_way        ? "twice the mean latency of one way"
                             : nonblocking_ ? "mean of the repetitions, of the communication alone (t_pure)"
                                            : "mean of the repetitions, slowest rank (t_max)",
                .iterations = repetitions && *repetitions > 0 && *repetitions < 1000000000
                                  ? std::optional(static_cast<int>(*repetitions))
                                  : std::nullopt,
                .fastest_rank_s = seconds(columns_.least),
                .slowest_rank_s = one_way ? std::nullopt : seconds(columns_.most)};
    }

    template <class E>
    struct Said {
        std::string word;
        std::optional<E> value;
    };

    Collector& into_;
    const Benchmark* benchmark_ = nullptr;  ///< null: a table that is left out
    bool nonblocking_ = false;
    std::optional<int> ranks_;
    Columns columns_;
    std::vector<std::uint64_t> wrong_;  ///< #bytes of rows with wrong data
    // What IMB does where its preamble is missing.
    Said<DataType> moved_{.word = "MPI_BYTE", .value = DataType::uint8};
    Said<DataType> reduced_{.word = "MPI_FLOAT", .value = DataType::float32};
    Said<ReduceOp> op_{.word = "MPI_SUM", .value = ReduceOp::sum};
};

}  // namespace

void read_imb(std::string_view log, Collector& into)
{
    Imb reader(into);
    for_each_line(log, [&](const Line& line) { reader.read(line); });
}

}  // namespace plumbline::import
