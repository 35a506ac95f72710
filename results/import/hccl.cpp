// SPDX-License-Identifier: Apache-2.0
#include "results/import/commands.hpp"
#include "results/import/log_lines.hpp"
#include "results/import/nccl_names.hpp"
#include "results/util/named.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace plumbline::import {
namespace {

struct HcclProgram {
    std::string_view name;  ///< "all_reduce"; "_test" follows
    Collective collective;
    std::string_view call;  ///< the parameter `call`: which of several calls for the same operation; "" = the plain one
};
/// Those with counts for each rank are given equal ones by hccl_test, so they move what the plain operation moves.
constexpr std::array programs{HcclProgram{"all_reduce", Collective::allreduce, ""},
                              HcclProgram{"reduce_scatter", Collective::reduce_scatter, ""},
                              HcclProgram{"reduce_scatterv", Collective::reduce_scatter, "reduce_scatterv"},
                              HcclProgram{"all_gather", Collective::allgather, ""},
                              HcclProgram{"all_gatherv", Collective::allgather, "allgatherv"},
                              HcclProgram{"alltoall", Collective::alltoall, ""},
                              HcclProgram{"alltoallv", Collective::alltoallv, ""},
                              HcclProgram{"alltoallvc", Collective::alltoallv, "alltoallvc"},
                              HcclProgram{"broadcast", Collective::broadcast, ""},
                              HcclProgram{"reduce", Collective::reduce, ""},
                              HcclProgram{"scatter", Collective::scatter, ""}};

/// A test by the name that a command line or a banner has; nothing in it for one that plumbline has no operation for.
struct HcclTest {
    std::string title;
    std::optional<Collective> collective;
    std::string_view call;
};

/// "all_reduce_test", "./bin/all_reduce_test".
HcclTest hccl_test(std::string_view program)
{
    HcclTest test{.title = std::string(program), .collective = std::nullopt, .call = {}};
    const std::string_view name = program.substr(0, program.find("_test"));
    const auto* const found =
        std::find_if(programs.begin(), programs.end(), [&](const HcclProgram& p) { return p.name == name; });
    if (found != programs.end()) {
        test.collective = found->collective;
        test.call = found->call;
    }
    return test;
}

constexpr std::array types{Named{"int8", DataType::int8},          Named{"int32", DataType::int32},
                           Named{"fp16", DataType::float16},       Named{"fp32", DataType::float32},
                           Named{"fp64", DataType::float64},       Named{"uint8", DataType::uint8},
                           Named{"bfp16", DataType::bfloat16},     Named{"fp8e4m3", DataType::float8_e4m3},
                           Named{"fp8e5m2", DataType::float8_e5m2}};

/// What the command line of a test says.
struct SaidOptions {
    std::string type = {};  ///< empty: it doesn't
    std::optional<DataType> dtype = DataType::float32;
    std::string op = {};  ///< empty: it doesn't
    std::optional<ReduceOp> reduction = ReduceOp::sum;
    int root = 0;
    std::optional<int> ranks_per_node = {};  // NOLINT(readability-redundant-member-init)
};

SaidOptions options_of(const Line& line, std::size_t program)
{
    SaidOptions said;
    said.type = std::string(option_after(line, program, "-d", "--datatype"));
    if (!said.type.empty()) {
        said.dtype = find_in(types, said.type);
    }
    said.op = std::string(option_after(line, program, "-o", "--op"));
    if (!said.op.empty()) {
        said.reduction = nccl_op(said.op);
    }
    const auto root = count(option_after(line, program, "-r", "--root"));
    said.root = root && *root < 10000000 ? static_cast<int>(*root) : 0;
    const auto devices = count(option_after(line, program, "-p", "--npus"));
    if (devices && *devices > 0 && *devices < 10000000) {
        said.ranks_per_node = static_cast<int>(*devices);
    }
    return said;
}

/// hccl_test prints the bytes of one rank for operations on a block of each rank, and computes the bandwidth from those
/// of all; which of the two is S shows in that bandwidth. Of other operations the printed bytes are S.
std::uint64_t total_bytes(Collective collective, std::uint64_t printed, double time_s, double algbw_GBps, int ranks)
{
    const bool of_blocks =
        collective != Collective::allreduce && collective != Collective::broadcast && collective != Collective::reduce;
    if (!of_blocks) {
        return printed;
    }
    const double said = algbw_GBps * 1e9 * time_s;
    const std::uint64_t of_all = printed * static_cast<std::uint64_t>(ranks);
    const auto off = [&](std::uint64_t bytes) { return std::abs(std::log(static_cast<double>(bytes) / said)); };
    return said > 0 && off(of_all) < off(printed) ? of_all : printed;
}

/// "67108864 | 1500.12 | 44.73 | success", with bars or without.
std::vector<std::string_view> cells_of(const Line& line)
{
    std::vector<std::string_view> cells;
    for (const std::string_view word : line.words) {
        if (word != "|") {
            cells.push_back(word);
        }
    }
    return cells;
}

class Hccl {
public:
    explicit Hccl(Collector& into) : into_(into) {}

    void read(const Line& line)
    {
        const bool is_title = line.text.find("data_size") != std::string_view::npos &&
                              (line.text.find("aveg_time") != std::string_view::npos ||
                               line.text.find("avg_time") != std::string_view::npos);
        if (is_title) {
            begin_table(line);
        } else if (line.text.find("check result failed") != std::string_view::npos) {
            note_failure(line);
        } else if (tells_of_wrong_element(line.text)) {
            wrong_element_ = line.number;
        } else if (const auto command = command_in(line, "_test"); command && command->program != "hccl_test") {
            begin_test(line, *command);
        } else if (in_table_ && line.words.size() >= 3 && count(line.words[0])) {
            row(line);
        } else if (line.words.size() >= 4 && count(line.words[0]) && line.words[1] == "|") {
            into_.leave_out_untitled(line.number);
        } else {
            note_iterations(line);
        }
    }

    void finish() { end_table(); }

private:
    /// "check buf[5] error, exp:8.0, act:7.0", "total err is 1": of any rank, which says by another line at which size.
    static bool tells_of_wrong_element(std::string_view text)
    {
        return text.find(" error, exp:") != std::string_view::npos ||
               text.find("is not right, exp:") != std::string_view::npos || text.starts_with("total err is ") ||
               text.find("byte position is wrong") != std::string_view::npos;
    }

    /// A wrong element that no row or rank owns up to makes the whole table doubtful.
    void end_table()
    {
        if (wrong_element_ && std::ranges::none_of(into_.table(), has_wrong_data)) {
            into_.refuse_table(*wrong_element_, "wrong data of a size that isn't said, says the log");
        }
        wrong_element_.reset();
    }

    void begin_test(const Line& line, const Command& command)
    {
        end_table();
        into_.begin_table();
        in_table_ = false;
        wrong_.clear();
        wrong_before_last_row_ = 0;
        if (test_ && test_->title != command.program) {  // what another one's command said
            options_ = {};
            launched_ranks_.reset();
            launched_nodes_.reset();
        }
        test_ = hccl_test(command.program);
        if (!test_->collective) {
            into_.warn(line.number,
                       fmt::format("the table of '{}' is left out (plumbline has no such operation)", test_->title));
        }
        // A command line has options; a banner, which has none, says nothing of the type.
        const auto after = line.words.begin() + static_cast<std::ptrdiff_t>(command.word) + 1;
        if (std::any_of(after, line.words.end(), [](std::string_view word) { return word.starts_with('-'); })) {
            options_ = options_of(line, command.word);
            launched_ranks_ = command.ranks ? command.ranks : launched_ranks_;
            launched_nodes_ = command.nodes;
        }
    }

    void begin_table(const Line& line)
    {
        if (rows_in_table_ > 0) {
            end_table();
        }
        if (in_table_ && rows_in_table_ > 0 && into_.hints().pattern.empty()) {
            test_ = HcclTest{};
            into_.warn(line.number,
                       "which operation this table is of is not said (the name above is of another). It is left out; "
                       "name it with --pattern");
        }
        in_table_ = true;
        rows_in_table_ = 0;
        // Another rank may be faster to say that the first size failed than rank 0 to print its title.
        wrong_.erase(wrong_.begin(), wrong_.begin() + static_cast<std::ptrdiff_t>(wrong_before_last_row_));
        wrong_before_last_row_ = 0;
        into_.begin_table();
        const bool of_this = !test_ || test_->collective;
        if (of_this && !options_.dtype) {
            into_.warn(line.number,
                       fmt::format("the table of '{}' is left out (plumbline has no such type)", options_.type));
        } else if (of_this && !options_.reduction) {
            into_.warn(line.number,
                       fmt::format("the table of '{}' is left out (plumbline has no such reduction)", options_.op));
        } else if (options_.type.empty() && !warned_of_type_) {
            warned_of_type_ = true;
            into_.warn(line.number, "no command line says the type (-d): taken for fp32, hccl_test's default");
        }
    }

    /// "local rank_id 3, check result failed, 67108864 | 2630.20 | 25.51 | failed": another rank's, before or after the
    /// row of that size.
    void note_failure(const Line& line)
    {
        const std::size_t at = line.text.find("check result failed");
        const std::string_view after = line.text.substr(at + sizeof "check result failed" - 1);
        const std::size_t digit = after.find_first_of("0123456789");
        const std::string_view digits = digit == std::string_view::npos ? std::string_view{} : after.substr(digit);
        const auto printed_bytes = count(digits.substr(0, digits.find_first_not_of("0123456789")));
        const std::string why =
            fmt::format("wrong data, says the log: {}", line.text.substr(0, at + sizeof "check result failed" - 1));
        if (!printed_bytes) {
            into_.refuse_table(line.number, why);
            return;
        }
        wrong_.push_back(*printed_bytes);
        for (CaseHeader& header : into_.table()) {
            if (header.status == CaseStatus::measured && is_of(header, *printed_bytes)) {
                fail(header, why);
            }
        }
    }

    static bool is_of(const CaseHeader& header, std::uint64_t printed_bytes)
    {
        return header.total_bytes == printed_bytes ||
               header.total_bytes == printed_bytes * static_cast<std::uint64_t>(header.what.ranks);
    }

    /// "... iters is 20, warmup_iters is 5"
    void note_iterations(const Line& line)
    {
        const auto at = std::find(line.words.begin(), line.words.end(), "iters");
        if (at == line.words.end() || line.words.end() - at < 3 || *(at + 1) != "is") {
            return;
        }
        const std::string_view digits = *(at + 2);
        const auto value = count(digits.substr(0, digits.find(',')));
        iterations_ =
            value && *value > 0 && *value < 1000000000 ? std::optional(static_cast<int>(*value)) : std::nullopt;
    }

    void row(const Line& line)
    {
        ++rows_in_table_;
        wrong_before_last_row_ = wrong_.size();
        if ((test_ && !test_->collective) || !options_.dtype || !options_.reduction) {
            return;
        }
        const std::vector<std::string_view> cells = cells_of(line);
        const std::uint64_t printed_bytes = count(cells[0]).value_or(0);
        if (line.last_without_end || cells.size() < 4 || printed_bytes == 0 ||
            printed_bytes > (std::uint64_t{1} << 48U)) {
            into_.warn(line.number, line.last_without_end ? "the log is cut short here" : "a row that can't be read");
            return;
        }
        into_.in_turn(line.number, fmt::format("{} B", printed_bytes));
        const auto time_us = printed(cells[1]);
        const double algbw = number(cells[2]).value_or(0);
        const bool timed = time_us && time_us->value > 0;
        const int ranks = ranks_or_throw(launched_ranks_, into_);
        const Collective collective = pattern_or_throw(test_ ? test_->collective : std::nullopt, into_);
        const std::uint64_t bytes =
            timed ? total_bytes(collective, printed_bytes, time_us->value * 1e-6, algbw, ranks) : printed_bytes;
        CaseHeader header = header_of(collective, bytes, *options_.dtype, ranks, nodes_of(ranks));
        header.what.op = info(collective).reduces ? *options_.reduction : ReduceOp::sum;
        header.what.root = info(collective).rooted && options_.root < ranks ? options_.root : 0;
        if (test_ && !test_->call.empty()) {
            header.what.parameters["call"] = test_->call;
        }
        judge(line, cells, header);
        const double computed = timed ? static_cast<double>(bytes) / time_us->value / 1e3 : 0;
        if (header.status == CaseStatus::measured && !timed) {
            fail(header, fmt::format("its time, '{}', can't be read", cells[1]));
            into_.warn(line.number, header.why.english());
        } else if (header.status == CaseStatus::measured && !is_bandwidth_of(cells[2], computed, *time_us)) {
            fail(header, fmt::format("alg_bandwidth {} GB/s is neither {} bytes nor {} times as many in {} us",
                                     cells[2], printed_bytes, ranks, cells[1]));
            into_.warn(line.number, header.why.english());
        }
        if (header.status == CaseStatus::measured) {
            header.reported = ImportedValue{.time_s = time_us->value / 1e6,
                                            .estimator = "mean of the iterations, of one rank",
                                            .iterations = iterations_,
                                            .chain = iterations_};  // enqueued between two events, waited for once
        }
        into_.add(std::move(header));
    }

    /// As the launcher was told, or by the devices of a node (-p); a rank has one.
    int nodes_of(int ranks) const
    {
        const int of_devices = options_.ranks_per_node ? (ranks - 1) / *options_.ranks_per_node + 1 : 1;
        return into_.hints().nodes.value_or(std::min(ranks, launched_nodes_.value_or(of_devices)));
    }

    /// Whether the printed bandwidth is `computed`, from the printed time. hccl_test's GB were 2^30 bytes once.
    static bool is_bandwidth_of(std::string_view word, double computed, const Printed& time)
    {
        const auto said = printed(word);
        constexpr double slack = 0.01;
        constexpr double gibibyte = 1.073741824;
        const double off = computed * (slack + time.half_unit / time.value) + 1e-5;
        return said && (std::abs(said->value - computed) <= said->half_unit + off ||
                        std::abs(said->value - computed / gibibyte) <= said->half_unit + off);
    }

    void judge(const Line& line, const std::vector<std::string_view>& cells, CaseHeader& header) const
    {
        if (std::find(wrong_.begin(), wrong_.end(), count(cells[0]).value_or(0)) != wrong_.end()) {
            fail(header, "wrong data on another rank, says the log above");
        } else if (cells.size() > 4) {
            fail(header, fmt::format("a row that other output broke: {}", line.text));
        } else if (cells[3] == "success") {
            mark_verified(header);
        } else if (cells[3] != "NULL") {
            fail(header, fmt::format("wrong data (check_result {}, says the log)", cells[3]));
        }
    }

    Collector& into_;
    bool in_table_ = false;
    std::size_t rows_in_table_ = 0;
    std::optional<HcclTest> test_;  ///< nothing: the log names none
    SaidOptions options_;
    std::optional<int> launched_ranks_, launched_nodes_;
    std::optional<int> iterations_;
    std::vector<std::uint64_t> wrong_;  ///< printed sizes at which another rank found wrong data
    std::size_t wrong_before_last_row_ = 0;
    std::optional<std::size_t> wrong_element_;  ///< line of the last one
    bool warned_of_type_ = false;
};

}  // namespace

std::vector<SuiteTest> hccl_suite()
{
    std::vector<SuiteTest> tests;
    for (const HcclProgram& program : programs) {
        tests.push_back({.name = std::string(program.name) + "_test",
                         .pattern = name(program.collective),
                         .note = program.call.empty() ? "" : fmt::format("`call` {}", program.call)});
    }
    return tests;
}

void read_hccl(std::string_view log, Collector& into)
{
    Hccl reader(into);
    read_lines(log, into, [&](const Line& line) { reader.read(line); });
    reader.finish();
}

}  // namespace plumbline::import
