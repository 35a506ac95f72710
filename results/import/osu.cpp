#include "results/import/nccl_names.hpp"
#include "results/util/named.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

namespace plumbline::import {
namespace {

struct Test {
    std::string_view title;  ///< between "# OSU MPI" and "Latency Test"
    Collective collective;
    bool size_per_rank;  ///< OSU counts what one rank gives one other, S is that times the ranks
};
constexpr std::array tests{Test{"Allreduce", Collective::allreduce, false},
                           Test{"Allgather", Collective::allgather, true},
                           Test{"All-to-All Personalized Exchange", Collective::alltoall, true},
                           Test{"Broadcast", Collective::broadcast, false},
                           Test{"Reduce", Collective::reduce, false},
                           Test{"Reduce_scatter", Collective::reduce_scatter, false},
                           Test{"Gather", Collective::gather, true},
                           Test{"Scatter", Collective::scatter, true}};

/// "# OSU MPI Allreduce Latency Test v7.4" -> the row; the vendors for accelerators say MPI-CUDA and the like.
const Test* test_of(const Line& line)
{
    for (const Test& test : tests) {
        const auto at = line.text.find(fmt::format(" {} Latency Test", test.title));
        if (at != std::string_view::npos &&
            line.text.substr(0, at).find(' ', sizeof "# OSU") == std::string_view::npos) {
            return &test;
        }
    }
    return nullptr;
}

/// Where "Min Latency(us)" and so on stand; OSU separates titles by two blanks or more.
struct Columns {
    static constexpr std::size_t absent = std::string_view::npos;
    std::size_t average = absent, least = absent, most = absent, iterations = absent;
};
Columns columns_of(std::string_view text)
{
    Columns columns;
    std::size_t index = 0;
    text.remove_prefix(1);
    while (!text.empty()) {
        text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
        const std::size_t end = std::min(text.find("  "), text.size());
        const std::string_view title = text.substr(0, end);
        if (title.starts_with("Avg Latency") || title.starts_with("Latency")) {
            columns.average = index;
        } else if (title.starts_with("Min Latency")) {
            columns.least = index;
        } else if (title.starts_with("Max Latency")) {
            columns.most = index;
        } else if (title.starts_with("Iterations")) {
            columns.iterations = index;
        }
        ++index;
        text.remove_prefix(end);
    }
    return columns;
}

constexpr std::array types{Named{"MPI_CHAR", DataType::int8},           Named{"MPI_SIGNED_CHAR", DataType::int8},
                           Named{"MPI_INT8_T", DataType::int8},         Named{"MPI_BYTE", DataType::uint8},
                           Named{"MPI_UNSIGNED_CHAR", DataType::uint8}, Named{"MPI_UINT8_T", DataType::uint8},
                           Named{"MPI_INT", DataType::int32},           Named{"MPI_INT32_T", DataType::int32},
                           Named{"MPI_FLOAT", DataType::float32},       Named{"MPI_DOUBLE", DataType::float64}};

class Osu {
public:
    explicit Osu(Collector& into) : into_(into) {}

    void read(const Line& line)
    {
        if (starts_with_words(line, {"#", "OSU"})) {
            test_ = test_of(line);
            columns_ = {};
            dtype_ = DataType::int8;  // what OSU sends where it doesn't say: MPI_CHAR
            if (test_ == nullptr) {
                into_.warn(line.number,
                           fmt::format("'{}' is left out (plumbline imports OSU's blocking collectives)", line.text));
            } else if (line.words.back().starts_with('v')) {
                into_.say("suite", "OSU " + std::string(line.words.back()));
            }
        } else if (starts_with_words(line, {"#", "Datatype:"})) {  // "# Datatype: MPI_FLOAT."
            set_type(line);
        } else if (starts_with_words(line, {"#", "Size"})) {
            columns_ = columns_of(line.text);
        } else if (test_ != nullptr && columns_.average != Columns::absent && line.words.size() >= 2 &&
                   count(line.words[0])) {
            row(line);
        }
    }

private:
    void set_type(const Line& line)
    {
        const std::string_view said = line.words.size() > 2 ? line.words[2] : std::string_view{};
        const std::string_view word = said.substr(0, said.find('.'));
        if (const auto known = find_in(types, word)) {
            dtype_ = *known;
        } else if (test_ != nullptr) {
            into_.warn(line.number, fmt::format("the table of '{}' is left out (plumbline has no such type)", word));
            test_ = nullptr;
        }
    }

    void row(const Line& line)
    {
        const auto at = [&](std::size_t column) {
            return column < line.words.size() ? number(line.words[column]) : std::nullopt;
        };
        const auto average = at(columns_.average);
        const int ranks = ranks_or_throw(std::nullopt, into_);
        const std::uint64_t size = *count(line.words[0]);
        if (!average || !(*average > 0) || line.last_without_end || size == 0 || size > (std::uint64_t{1} << 48U)) {
            into_.warn(line.number, line.last_without_end ? "the log is cut short here" : "a row without a time");
            return;
        }
        const std::uint64_t bytes = size * (test_->size_per_rank ? static_cast<std::uint64_t>(ranks) : 1);
        CaseHeader header = header_of(test_->collective, bytes, dtype_, ranks, into_.hints().nodes.value_or(1));
        const auto iterations = at(columns_.iterations);
        const auto seconds = [](const std::optional<double>& us) {
            return us ? std::optional(*us / 1e6) : std::nullopt;
        };
        header.reported = ImportedValue{.time_s = *average / 1e6,
                                        .estimator = "mean of the iterations, mean over ranks",
                                        .iterations = iterations && *iterations > 0 && *iterations < 1e9
                                                          ? std::optional(static_cast<int>(*iterations))
                                                          : std::nullopt,
                                        .fastest_rank_s = seconds(at(columns_.least)),
                                        .slowest_rank_s = seconds(at(columns_.most))};
        into_.add(std::move(header));
    }

    Collector& into_;
    const Test* test_ = nullptr;  ///< null: a table that is left out
    Columns columns_;
    DataType dtype_ = DataType::int8;
};

}  // namespace

void read_osu(std::string_view log, Collector& into)
{
    Osu reader(into);
    for (const Line& line : lines_of(log)) {
        reader.read(line);
    }
}

}  // namespace plumbline::import
