#include "results/import/nccl_names.hpp"

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
                                Benchmark{"Scatter", Collective::scatter, true}};

class Imb {
public:
    explicit Imb(Collector& into) : into_(into) {}

    void read(const Line& line)
    {
        if (starts_with_words(line, {"#", "Benchmarking"})) {
            start(line);
        } else if (line.words.size() > 3 && starts_with_words(line, {"#", "#processes", "="})) {
            const auto processes = count(line.words[3]);
            ranks_ = processes && *processes > 0 && *processes < 10000000 ? std::optional(static_cast<int>(*processes))
                                                                          : std::nullopt;
        } else if (starts_with_words(line, {"#bytes", "#repetitions"})) {
            has_minimum_and_maximum_ = line.text.find("t_min[usec]") != std::string_view::npos &&
                                       line.text.find("t_max[usec]") != std::string_view::npos &&
                                       line.text.find("t_avg[usec]") != std::string_view::npos;
        } else if (benchmark_ && has_minimum_and_maximum_ && line.words.size() >= 2 && count(line.words[0]) &&
                   count(line.words[1])) {
            row(line);
        }
    }

private:
    void start(const Line& line)
    {
        const std::string_view title = line.words.size() > 2 ? line.words[2] : std::string_view{};
        const auto found =
            std::find_if(benchmarks.begin(), benchmarks.end(), [&](const Benchmark& b) { return b.title == title; });
        benchmark_ = found == benchmarks.end() ? std::nullopt : std::optional(*found);
        has_minimum_and_maximum_ = false;
        ranks_.reset();
        if (!benchmark_) {
            into_.warn(line.number,
                       fmt::format("'{}' is left out (plumbline imports IMB's blocking collectives)", title));
        }
    }

    void row(const Line& line)
    {
        constexpr std::size_t columns = 5;  // #bytes #repetitions t_min t_max t_avg
        std::array<double, 3> times_us{};
        bool complete = line.words.size() >= columns;
        for (std::size_t i = 0; complete && i < times_us.size(); ++i) {
            const auto time = number(line.words[2 + i]);
            complete = time.has_value();
            times_us.at(i) = time.value_or(0);
        }
        const std::uint64_t size = *count(line.words[0]);
        if (size == 0) {
            return;  // IMB's row of zero bytes
        }
        if (!complete || times_us[1] <= 0 || line.last_without_end || size > (std::uint64_t{1} << 48U)) {
            into_.warn(line.number, line.last_without_end ? "the log is cut short here"
                                                          : fmt::format("a row without times: {}", line.text));
            return;
        }
        const int ranks = ranks_or_throw(ranks_, into_);
        const std::uint64_t bytes = size * (benchmark_->size_per_rank ? static_cast<std::uint64_t>(ranks) : 1);
        CaseHeader header =
            header_of(benchmark_->collective, bytes, DataType::float32, ranks, into_.hints().nodes.value_or(1));
        const std::uint64_t repetitions = *count(line.words[1]);
        header.reported = ImportedValue{.time_s = times_us[1] / 1e6,
                                        .estimator = "mean of the repetitions, slowest rank (t_max)",
                                        .iterations = repetitions > 0 && repetitions < 1000000000
                                                          ? std::optional(static_cast<int>(repetitions))
                                                          : std::nullopt,
                                        .fastest_rank_s = times_us[0] / 1e6,
                                        .slowest_rank_s = times_us[1] / 1e6};
        into_.add(std::move(header));
    }

    Collector& into_;
    std::optional<Benchmark> benchmark_;
    std::optional<int> ranks_;
    bool has_minimum_and_maximum_ = false;
};

}  // namespace

void read_imb(std::string_view log, Collector& into)
{
    Imb reader(into);
    for (const Line& line : lines_of(log)) {
        reader.read(line);
    }
}

}  // namespace plumbline::import
