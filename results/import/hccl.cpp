#include "results/import/nccl_names.hpp"
#include "results/util/named.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>

namespace plumbline::import {
namespace {

/// "all_reduce_test", with or without folders: the operation that a command line or a banner names.
std::optional<Collective> hccl_collective(std::string_view word)
{
    const auto end = word.rfind("_test");
    return end == std::string_view::npos ? std::nullopt : nccl_collective(std::string(word.substr(0, end)) + "_perf");
}

constexpr std::array types{Named{"int8", DataType::int8},          Named{"int32", DataType::int32},
                           Named{"fp16", DataType::float16},       Named{"fp32", DataType::float32},
                           Named{"fp64", DataType::float64},       Named{"uint8", DataType::uint8},
                           Named{"bfp16", DataType::bfloat16},     Named{"fp8e4m3", DataType::float8_e4m3},
                           Named{"fp8e5m2", DataType::float8_e5m2}};

/// What the command line of a test says of its type of element.
struct SaidType {
    std::string_view word = {};  ///< empty: it doesn't
    std::optional<DataType> dtype = DataType::float32;
};

/// Of "-d fp16", "-dfp16", "--datatype fp16" or "--datatype=fp16" after word `program`.
SaidType type_said(const Line& line, std::size_t program)
{
    for (std::size_t i = program + 1; i < line.words.size(); ++i) {
        std::string_view word = line.words[i];
        if (word == "-d" || word == "--datatype") {
            word = i + 1 < line.words.size() ? line.words[i + 1] : std::string_view{};
        } else if (word.starts_with("--datatype=")) {
            word.remove_prefix(std::string_view("--datatype=").size());
        } else if (word.starts_with("-d")) {
            word.remove_prefix(2);
        } else {
            continue;
        }
        return {.word = word, .dtype = find_in(types, word)};
    }
    return {};
}

/// hccl_test prints the bytes of one rank for some operations and computes the bandwidth from those of all; which of
/// the two is S shows in that bandwidth.
std::uint64_t total_bytes(std::uint64_t printed, double time_s, double algbw_GBps, int ranks)
{
    const double said = algbw_GBps * 1e9 * time_s;
    const std::uint64_t of_all = printed * static_cast<std::uint64_t>(ranks);
    const auto off = [&](std::uint64_t bytes) { return std::abs(std::log(static_cast<double>(bytes) / said)); };
    return said > 0 && off(of_all) < off(printed) ? of_all : printed;
}

class Hccl {
public:
    explicit Hccl(Collector& into) : into_(into) {}

    void read(const Line& line)
    {
        if (line.text.find("data_size") != std::string_view::npos &&
            line.text.find("aveg_time") != std::string_view::npos) {
            in_table_ = true;
            judge_type(line);
        } else if (in_table_ && line.words.size() >= 3 && count(line.words[0])) {
            row(line);
        } else {
            preamble(line);
        }
    }

private:
    void judge_type(const Line& line)
    {
        if (!type_.dtype) {
            into_.warn(line.number,
                       fmt::format("the table of '{}' is left out (plumbline has no such type)", type_.word));
        } else if (type_.word.empty() && !warned_of_type_) {
            warned_of_type_ = true;
            into_.warn(line.number, "no command line says the type (-d): taken for fp32, hccl_test's default");
        }
    }

    /// A command line has options; a banner, which has none, says nothing of the type.
    void note_type(const Line& line, std::size_t program)
    {
        const auto after = line.words.begin() + static_cast<std::ptrdiff_t>(program) + 1;
        if (std::any_of(after, line.words.end(), [](std::string_view word) { return word.starts_with('-'); })) {
            type_ = type_said(line, program);
        }
    }

    void preamble(const Line& line)
    {
        for (std::size_t i = 0; i < line.words.size(); ++i) {
            if (const auto collective = hccl_collective(line.words[i])) {
                collective_ = collective;
                in_table_ = false;
                note_type(line, i);
            }
            if (line.words[i] == "iters" && i + 2 < line.words.size() && line.words[i + 1] == "is") {
                std::string_view digits = line.words[i + 2];
                digits = digits.substr(0, digits.find(','));
                const auto value = count(digits);
                iterations_ =
                    value && *value > 0 && *value < 1000000000 ? std::optional(static_cast<int>(*value)) : std::nullopt;
            }
        }
    }

    /// "67108864 | 1500.12 | 44.73 | success", with bars or without.
    void row(const Line& line)
    {
        std::vector<std::string_view> cells;
        for (const std::string_view word : line.words) {
            if (word != "|") {
                cells.push_back(word);
            }
        }
        const bool whole = cells.size() >= 4 && !line.last_without_end;
        const double time_us = whole ? number(cells[1]).value_or(0) : 0;
        const double algbw = whole ? number(cells[2]).value_or(-1) : -1;
        const std::uint64_t printed = count(cells[0]).value_or(0);
        if (time_us <= 0 || algbw < 0 || printed == 0 || printed > (std::uint64_t{1} << 48U)) {
            into_.warn(line.number, line.last_without_end ? "the log is cut short here" : "a row that can't be read");
            return;
        }
        if (!type_.dtype) {
            return;
        }
        const int ranks = ranks_or_throw(std::nullopt, into_);
        const Collective collective = pattern_or_throw(collective_, into_);
        const std::uint64_t bytes = total_bytes(printed, time_us * 1e-6, algbw, ranks);
        CaseHeader header = header_of(collective, bytes, *type_.dtype, ranks, into_.hints().nodes.value_or(1));
        header.reported = ImportedValue{
            .time_s = time_us / 1e6, .estimator = "mean of the iterations, of one rank", .iterations = iterations_};
        if (cells[3] == "success") {
            header.verification = Verification::verified;
            header.verification_note = "by the suite, outside the timed calls";
        } else if (cells[3] != "NULL") {
            header.status = CaseStatus::failed;
            header.why = fmt::format("wrong data (check_result {}, says the log)", cells[3]);
            header.reported.reset();
        }
        into_.add(std::move(header));
    }

    Collector& into_;
    bool in_table_ = false;
    std::optional<Collective> collective_;
    std::optional<int> iterations_;
    SaidType type_;
    bool warned_of_type_ = false;
};

}  // namespace

void read_hccl(std::string_view log, Collector& into)
{
    Hccl reader(into);
    for (const Line& line : lines_of(log)) {
        reader.read(line);
    }
}

}  // namespace plumbline::import
