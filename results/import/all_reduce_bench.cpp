// SPDX-License-Identifier: Apache-2.0
#include "collectives/util/units.hpp"
#include "results/import/log_lines.hpp"
#include "results/import/log_reader.hpp"
#include "results/import/nccl_names.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <string>
#include <vector>

namespace plumbline::import {
namespace {

/// all_reduce_bench.py of stas00/ml-engineering: "The average bandwidth of all_reduce over 8 ranks (5 warmups / 20
/// trials):", then rows such as "|   32KiB |   0.60GBps |   0.34GBps |".
class AllReduceBench {
public:
    explicit AllReduceBench(Collector& into) : into_(into) {}

    void read(const Line& line)
    {
        const bool is_average = line.text.find("average bandwidth of all_reduce over") != std::string_view::npos;
        const bool is_profile = line.text.find("payload bandwidth of all_reduce over") != std::string_view::npos;
        if (is_average || is_profile) {
            begin(line, is_profile);
        } else if (starts_with_words(line, {"-", "software:"}) && line.words.size() > 2) {
            into_.say("library", std::string(line.text.substr(line.text.find(line.words[2], line.text.find(':')))));
        } else if (in_table_ && line.text.starts_with('|')) {
            row(line);
        }
    }

private:
    void begin(const Line& line, bool is_profile)
    {
        into_.begin_table();
        in_table_ = !is_profile;
        const auto ranks = count(word_after(line, "over"));
        ranks_ = ranks && *ranks > 0 && *ranks < 10000000 ? std::optional(static_cast<int>(*ranks)) : std::nullopt;
        const auto trials = count(word_after(line, "/"));
        trials_ =
            trials && *trials > 0 && *trials < 1000000000 ? std::optional(static_cast<int>(*trials)) : std::nullopt;
        if (is_profile) {
            into_.warn(line.number,
                       "the table of --profile_stability is left out (each of its rows is one iteration's "
                       "mean over ranks, not a result)");
        }
    }

    /// "|", "32KiB", "|", "0.60GBps", "|", "0.34GBps", "|"
    void row(const Line& line)
    {
        std::vector<std::string_view> cells;
        for (const std::string_view word : line.words) {
            if (word != "|") {
                cells.push_back(word);
            }
        }
        if (cells.empty() || cells[0] == "payload" || cells[0].starts_with('-') || cells[0].starts_with(':')) {
            return;
        }
        const auto bytes = size_of_payload(cells[0]);
        if (!bytes || cells.size() != 3 || line.last_without_end) {
            into_.warn(line.number, fmt::format("a row that can't be read: {}", line.text));
            return;
        }
        CaseHeader header = header_of(Collective::allreduce, *bytes, DataType::float32, ranks_or_throw(ranks_, into_),
                                      into_.hints().nodes.value_or(1));
        header.what.in_place = true;  // torch's all_reduce has one buffer
        header.verification_note = "not checked by the suite";
        const auto busbw = gigabytes(cells[1]);
        const auto algbw = gigabytes(cells[2]);
        const double factor = header.bus_factor.value_or(0);
        const auto seconds = seconds_at(static_cast<double>(*bytes), algbw, 1e9);
        if (!seconds || !busbw) {
            fail(header, fmt::format("no time follows from its algbw, '{}'", cells[2]));
        } else if (std::abs(busbw->value - algbw->value * factor) >
                   busbw->half_unit + algbw->half_unit * factor + 0.01 * busbw->value) {
            fail(header, fmt::format("busbw {} is not {} times algbw {}, as allreduce on {} ranks has it", cells[1],
                                     shortest_number(factor), cells[2], header.what.ranks));
        } else {
            header.reported = ImportedValue{.time_s = *seconds,
                                            .estimator = "S over the mean algbw of the iterations and ranks",
                                            .iterations = trials_};
        }
        if (header.status == CaseStatus::failed) {
            into_.warn(line.number, header.why.english());
        }
        into_.add(std::move(header));
    }

    static std::optional<Printed> gigabytes(std::string_view word)
    {
        constexpr std::string_view unit = "GBps";
        return word.ends_with(unit) ? printed(word.substr(0, word.size() - unit.size())) : std::nullopt;
    }

    /// "32KiB"; the benchmark's own units, which are powers of 1024.
    static std::optional<std::uint64_t> size_of_payload(std::string_view word)
    {
        constexpr std::string_view prefixes = "KMGT";
        if (!word.ends_with("iB") || word.size() < 3) {
            return std::nullopt;
        }
        word.remove_suffix(2);
        unsigned shift = 0;
        if (const std::size_t at = prefixes.find(word.back()); at != std::string_view::npos) {
            shift = 10U * (static_cast<unsigned>(at) + 1U);
            word.remove_suffix(1);
        } else {
            return std::nullopt;  // "1iB"
        }
        const auto value = count(word);
        return value && *value > 0 && *value < 1024 ? std::optional(*value << shift) : std::nullopt;
    }

    Collector& into_;
    bool in_table_ = false;
    std::optional<int> ranks_, trials_;
};

}  // namespace

void read_all_reduce_bench(std::string_view log, Collector& into)
{
    AllReduceBench reader(into);
    read_lines(log, into, [&](const Line& line) { reader.read(line); });
}

}  // namespace plumbline::import
