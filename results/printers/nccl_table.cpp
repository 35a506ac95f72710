// SPDX-License-Identifier: Apache-2.0
#include "results/printers/nccl_table.hpp"

#include "collectives/operations/types.hpp"
#include "collectives/util/units.hpp"
#include "results/records/identity_parameters.hpp"
#include "results/summaries/summarize.hpp"
#include "results/util/named.hpp"
#include "results/util/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace plumbline {
namespace {

using text::printable;

constexpr std::string_view not_there = "N/A";

/// nccl-tests' programs, one an operation. It has none for the operations that are missing.
constexpr std::array programs{
    Named{"all_reduce_perf", Collective::allreduce}, Named{"reduce_scatter_perf", Collective::reduce_scatter},
    Named{"all_gather_perf", Collective::allgather}, Named{"broadcast_perf", Collective::broadcast},
    Named{"reduce_perf", Collective::reduce},        Named{"gather_perf", Collective::gather},
    Named{"scatter_perf", Collective::scatter},      Named{"alltoall_perf", Collective::alltoall},
    Named{"alltoallv_perf", Collective::alltoallv},  Named{"sendrecv_perf", Collective::sendrecv}};

constexpr std::array types{Named{"float", DataType::float32},     Named{"double", DataType::float64},
                           Named{"half", DataType::float16},      Named{"bfloat16", DataType::bfloat16},
                           Named{"int32", DataType::int32},       Named{"int8", DataType::int8},
                           Named{"uint8", DataType::uint8},       Named{"f8e4m3", DataType::float8_e4m3},
                           Named{"f8e5m2", DataType::float8_e5m2}};

/// Why nccl-tests' table has no place for the case, one sentence; nothing where it has.
std::optional<std::string> unfit(const CaseSummary& row)
{
    const auto collective = parse_collective(row.header.what.pattern);
    if (!collective || name_in(programs, *collective).empty()) {
        return "nccl-tests has no such operation";
    }
    if (row.header.status != CaseStatus::measured) {
        return fmt::format("{}: {}", name(row.header.status), row.header.why);
    }
    if (!row.median_s || !row.algbw_bytes_per_s) {
        return "it has no time";
    }
    return std::nullopt;
}

/// The cases that stand in one table: all but sizes, types and reductions is the same.
struct Table {
    CaseIdentity like;
    std::vector<CaseSummary> cases;
};

/// What is the same for all rows of a table.
CaseIdentity like(CaseIdentity what)
{
    const CaseIdentity none;
    what.bytes = none.bytes;
    what.dtype = none.dtype;
    what.op = none.op;
    what.root = none.root;
    what.in_place = none.in_place;
    return what;
}

/// What is the same for both timings of a row.
struct RowKey {
    std::uint64_t bytes = 0;
    DataType dtype = DataType::float32;
    ReduceOp op = ReduceOp::sum;
    int root = 0;
    auto operator<=>(const RowKey&) const = default;
};

RowKey key_of(const CaseSummary& row)
{
    const CaseIdentity& what = row.header.what;
    return {.bytes = row.header.total_bytes, .dtype = what.dtype, .op = what.op, .root = what.root};
}

/// In the fewest decimals that nccl-tests writes: two, or as many as fit.
std::string in_width(double value, int width)
{
    for (const int decimals : {2, 1, 0}) {
        std::string text = fmt::format("{:{}.{}f}", value, width, decimals);
        if (static_cast<int>(text.size()) <= width) {
            return text;
        }
    }
    return fmt::format("{:{}.{}e}", value, width, width >= 7 ? 1 : 0);
}

/// Four columns, with the blanks before them.
std::string timing_cells(const CaseSummary* row)
{
    if (row == nullptr) {
        return fmt::format("  {0:>7}  {0:>6}  {0:>6}  {0:>6}", not_there);
    }
    constexpr double micro = 1e6;
    const bool verified = row->header.verification == Verification::verified;
    const std::string busbw =
        row->busbw_bytes_per_s ? in_width(*row->busbw_bytes_per_s / giga, 6) : fmt::format("{:>6}", not_there);
    return fmt::format("  {}  {}  {}  {:>6}", in_width(*row->median_s * micro, 7),
                       in_width(*row->algbw_bytes_per_s / giga, 6), busbw, verified ? "0" : not_there);
}

/// Elements of what each rank is asked for, as nccl-tests counts them.
std::uint64_t count_of(const CaseSummary& row, const CollectiveInfo& operation)
{
    const std::uint64_t elements = row.header.total_bytes / size_of(row.header.what.dtype);
    const auto ranks = static_cast<std::uint64_t>(std::max(row.header.what.ranks, 1));
    return operation.size_rule == SizeRule::count_per_rank ? elements / ranks : elements;
}

/// A broadcast has one buffer, which makes it nccl-tests' in-place form.
bool in_place_column(const CaseSummary& row)
{
    return row.header.what.in_place || parse_collective(row.header.what.pattern) == Collective::broadcast;
}

std::string row_text(const CollectiveInfo& operation, std::span<const CaseSummary* const> timings)
{
    const CaseSummary* out_of_place = nullptr;
    const CaseSummary* in_place = nullptr;
    for (const CaseSummary* one : timings) {
        (in_place_column(*one) ? in_place : out_of_place) = one;
    }
    const CaseSummary& any = *timings.front();
    const CaseIdentity& what = any.header.what;
    return fmt::format("{:>12}  {:>12}  {:>8}  {:>6}  {:>6}{}{}\n", any.header.total_bytes, count_of(any, operation),
                       name_in(types, what.dtype), operation.reduces ? name(what.op) : "none",
                       operation.rooted ? what.root : -1, timing_cells(out_of_place), timing_cells(in_place));
}

std::string statistic_of(std::span<const CaseSummary> cases)
{
    std::set<std::string> estimators;
    for (const CaseSummary& row : cases) {
        estimators.insert(row.header.reported ? row.header.reported->estimator
                                              : "median over the samples of the slowest rank's (nccl-tests prints a "
                                                "mean)");
    }
    return estimators.size() == 1 ? *estimators.begin() : "not the same for all rows: see plumbline show";
}

std::string timing_text(const CaseSummary& row)
{
    if (row.header.reported) {
        return "as the imported log's";
    }
    const Timing timing = timing_of(row.header.what);
    return timing.regime == TimingRegime::chained
               ? fmt::format("chained, {} operations are enqueued and waited for once, as nccl-tests does with -n {}",
                             timing.chain, timing.chain)
               : "drained, each operation is finished before the next (nccl-tests enqueues 20; -z 2 comes nearest)";
}

/// Everything else that was asked, in one line; empty where there is nothing.
std::string parameters_text(const CaseIdentity& what)
{
    std::string text;
    for (const auto& [key, value] : what.parameters) {
        if (key != "timing" && key != "chain") {
            text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", key, printable(value));
        }
    }
    if (what.placement != Placement::compact || what.subset != 0) {
        text += fmt::format("{}placement: {}, subset {}", text.empty() ? "" : ", ", name(what.placement), what.subset);
    }
    return text;
}

/// Where each rank of the table's cases is, in nccl-tests' words. A rank's device is its number on its node.
void print_places(std::ostream& out, const RunMetadata& info, const RunData& run, const Table& table)
{
    const std::vector<int> nodes =
        run.nodes_of_ranks ? run.nodes_of_ranks(table.cases.front().header.id) : std::vector<int>();
    std::map<int, int> on_node;
    out << "# Using devices\n";
    for (int rank = 0; rank < table.like.ranks; ++rank) {
        const auto at = static_cast<std::size_t>(rank);
        const int node = at < nodes.size() ? nodes[at] : rank * table.like.nodes / std::max(table.like.ranks, 1);
        const auto host = static_cast<std::size_t>(node);
        out << fmt::format("#  Rank {:2} Group  0 Pid      0 on {:>10} device {:2}\n", rank,
                           host < info.hosts.size() ? printable(info.hosts[host]) : fmt::format("node{}", node),
                           on_node[node]++);
    }
}

void print_head(std::ostream& out, const RunMetadata& info, const RunData& run, const Table& table)
{
    const auto [least, most] =
        std::ranges::minmax(table.cases, {}, [](const CaseSummary& row) { return row.header.total_bytes; });
    const bool checked = std::ranges::any_of(
        table.cases, [](const CaseSummary& row) { return row.header.verification == Verification::verified; });
    const CaseSummary& first = table.cases.front();
    const int iterations = first.header.reported ? first.header.reported->iterations.value_or(1)
                                                 : static_cast<int>(timing_of(table.like).chain);
    const auto collective = parse_collective(table.like.pattern);
    out << fmt::format("# Collective test starting: {}\n", name_in(programs, *collective));
    out << fmt::format(
        "# nThread 1 nGpus 1 minBytes {} maxBytes {} step: 0(list) warmup iters: {} iters: {} "
        "agg iters: 1 validation: {} graph: 0\n",
        least.header.total_bytes, most.header.total_bytes, first.warmups, iterations, checked ? 1 : 0);
    out << fmt::format("# timing: {}\n# time: {}\n", timing_text(first), statistic_of(table.cases));
    if (const std::string parameters = parameters_text(table.like); !parameters.empty()) {
        out << fmt::format("# {}\n", parameters);
    }
    out << "#\n";
    print_places(out, info, run, table);
    out << "#\n";
    out << fmt::format(
        "# {0:>10}  {0:>12}  {0:>8}  {0:>6}  {0:>6}           out-of-place                       "
        "in-place\n",
        "");
    out << fmt::format("# {:>10}  {:>12}  {:>8}  {:>6}  {:>6}", "size", "count", "type", "redop", "root");
    for (int timing = 0; timing < 2; ++timing) {
        out << fmt::format("  {:>7}  {:>6}  {:>6}  {:>6}", "time", "algbw", "busbw", "#wrong");
    }
    out << fmt::format("\n# {:>10}  {:>12}  {:>8}  {:>6}  {:>6}", "(B)", "(elements)", "", "", "");
    out << fmt::format("  {0:>7}  {1:>6}  {1:>6}  {2:>6}  {0:>7}  {1:>6}  {1:>6}\n", "(us)", "(GB/s)", "");
}

void print_rows(std::ostream& out, const Table& table)
{
    const CollectiveInfo& operation = info(*parse_collective(table.like.pattern));
    std::vector<std::pair<RowKey, std::vector<const CaseSummary*>>> rows;
    for (const CaseSummary& one : table.cases) {
        const auto fits = [&](const auto& row) {
            const bool free = std::ranges::none_of(
                row.second, [&](const CaseSummary* other) { return in_place_column(*other) == in_place_column(one); });
            return row.first == key_of(one) && free;
        };
        const auto found = std::ranges::find_if(rows, fits);
        if (found == rows.end()) {
            rows.push_back({key_of(one), {&one}});
        } else {
            found->second.push_back(&one);
        }
    }
    std::ranges::stable_sort(rows, {}, [](const auto& row) { return row.first.bytes; });
    for (const auto& [key, timings] : rows) {
        out << row_text(operation, timings);
    }
}

void print_foot(std::ostream& out, const Table& table, std::size_t wrong)
{
    double sum = 0;
    int with_busbw = 0;
    for (const CaseSummary& row : table.cases) {
        if (row.busbw_bytes_per_s) {
            sum += *row.busbw_bytes_per_s / 1e9;
            ++with_busbw;
        }
    }
    out << fmt::format("# {:<20} : {} {}\n", "Out of bounds values", wrong, wrong == 0 ? "OK" : "FAILED");
    if (with_busbw > 0) {
        out << fmt::format("# {:<20} : {:g}\n", "Avg bus bandwidth", sum / with_busbw);
        out << "# The line above is the mean over all sizes and both columns: it falls with each small size in the "
               "list.\n# Judge rows, never this line.\n";
    }
    out << fmt::format("#\n# Collective test concluded: {}\n#\n",
                       name_in(programs, *parse_collective(table.like.pattern)));
}

}  // namespace

void show_nccl_tables(std::ostream& out, const RunMetadata& info, const RunData& run)
{
    std::vector<Table> tables;
    std::vector<std::string> left_out;
    std::vector<CaseIdentity> with_wrong_data;
    for (const CaseSummary& stored : run.cases) {
        const CaseSummary row = with_point_value(stored);
        if (has_wrong_data(row.header)) {
            with_wrong_data.push_back(like(row.header.what));
        }
        if (const auto why = unfit(row)) {
            left_out.push_back(fmt::format("{} ({})", describe(row.header.what), printable(*why)));
            continue;
        }
        const CaseIdentity wanted = like(row.header.what);
        const auto found = std::ranges::find(tables, wanted, &Table::like);
        if (found == tables.end()) {
            tables.push_back({.like = wanted, .cases = {row}});
        } else {
            found->cases.push_back(row);
        }
    }
    out << fmt::format("# measured by plumbline {}, printed as nccl-tests prints: backend {}\n",
                       printable(info.plumbline_version), printable(info.backend));
    if (info.simulated) {
        out << "# simulated: not a measurement of this machine\n";
    }
    if (info.fake_library) {
        out << "# stand-in: a library for tests in place of the real one; nothing here is a measurement of it\n";
    }
    for (const Table& table : tables) {
        print_head(out, info, run, table);
        print_rows(out, table);
        print_foot(out, table, static_cast<std::size_t>(std::ranges::count(with_wrong_data, table.like)));
    }
    for (const std::string& one : left_out) {
        out << fmt::format("# left out: {}\n", one);
    }
}

}  // namespace plumbline
