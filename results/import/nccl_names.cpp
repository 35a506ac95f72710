// SPDX-License-Identifier: Apache-2.0
#include "results/import/nccl_names.hpp"

#include "collectives/util/error.hpp"
#include "collectives/util/nearest_word.hpp"
#include "collectives/util/units.hpp"
#include "results/util/named.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <limits>
#include <string_view>
#include <vector>

namespace plumbline::import {
namespace {

constexpr std::array programs{
    NcclProgram{"all_reduce", Collective::allreduce}, NcclProgram{"reduce_scatter", Collective::reduce_scatter},
    NcclProgram{"all_gather", Collective::allgather}, NcclProgram{"hypercube", Collective::allgather, true},
    NcclProgram{"alltoall", Collective::alltoall},    NcclProgram{"alltoallv", Collective::alltoallv},
    NcclProgram{"broadcast", Collective::broadcast},  NcclProgram{"reduce", Collective::reduce},
    NcclProgram{"gather", Collective::gather},        NcclProgram{"scatter", Collective::scatter},
    NcclProgram{"sendrecv", Collective::sendrecv}};
constexpr std::array left_out{
    LeftOut{"all_reduce_bias_perf", "a bias is added in the same call, which plumbline's allreduce doesn't do"}};
constexpr std::array types{Named{"float", DataType::float32},
                           Named{"double", DataType::float64},
                           Named{"half", DataType::float16},
                           Named{"bfloat16", DataType::bfloat16},
                           Named{"int32", DataType::int32},
                           Named{"int", DataType::int32},
                           Named{"int8", DataType::int8},
                           Named{"char", DataType::int8},
                           Named{"uint8", DataType::uint8},
                           Named{"float32", DataType::float32},
                           Named{"float64", DataType::float64},
                           Named{"float16", DataType::float16},
                           Named{"f8e4m3", DataType::float8_e4m3},
                           Named{"f8e5m2", DataType::float8_e5m2},
                           Named{"fp8_e4m3", DataType::float8_e4m3},
                           Named{"fp8_e5m2", DataType::float8_e5m2}};

/// Whether each rank has a block of the array, whose elements nccl-tests prints then.
bool has_blocks(Collective collective)
{
    return collective == Collective::reduce_scatter || collective == Collective::allgather ||
           collective == Collective::alltoall || collective == Collective::alltoallv ||
           collective == Collective::gather || collective == Collective::scatter;
}

/// Whether `bytes` are so many elements: of the whole, or of one of the ranks' blocks.
bool bytes_agree(const NcclTiming& timing, DataType dtype)
{
    if (!timing.count) {
        return true;
    }
    const auto block = static_cast<double>(*timing.count) * static_cast<double>(size_of(dtype));
    const auto all = static_cast<double>(timing.bytes);
    return block == all || (has_blocks(timing.collective) && block * timing.ranks == all);
}

/// Whether time and algbw, each as it was printed, say the same.
bool time_agrees(const NcclTiming& timing)
{
    if (!timing.algbw_GBps || !timing.time_us) {
        return true;
    }
    const double computed = static_cast<double>(timing.bytes) / timing.time_us->value / 1e3;
    const double slack = timing.algbw_GBps->half_unit + computed * timing.time_us->half_unit / timing.time_us->value;
    return std::abs(timing.algbw_GBps->value - computed) <= slack + 0.01 * computed;
}

/// Whether busbw is algbw times the factor, as far as they were printed. Without algbw: of the time.
bool busbw_agrees(const NcclTiming& timing, double factor)
{
    if (!timing.busbw_GBps) {
        return true;
    }
    const double algbw =
        timing.algbw_GBps ? timing.algbw_GBps->value : static_cast<double>(timing.bytes) / timing.time_us->value / 1e3;
    const double slack = timing.busbw_GBps->half_unit + (timing.algbw_GBps ? timing.algbw_GBps->half_unit * factor : 0);
    return std::abs(timing.busbw_GBps->value - algbw * factor) <= slack + 0.015 * algbw * factor;
}

void judge_data(const NcclTiming& timing, CaseHeader& header)
{
    if (!timing.wrong) {
        header.verification_note = "not checked, says the log";
    } else if (*timing.wrong == 0) {
        mark_verified(header);
    } else {
        fail(header, fmt::format("wrong data ({:g} elements, says the log)", *timing.wrong));
        header.wrong_elements = timing.wrong;
    }
}

/// Who the row is of; nothing, with a warning, where plumbline has no such type or reduction.
std::optional<CaseHeader> header_of_timing(const NcclTiming& timing, Collector& into)
{
    const auto dtype = nccl_type(timing.type);
    const bool reduces = info(timing.collective).reduces;
    const auto op = reduces ? nccl_op(timing.op) : ReduceOp::sum;
    if (!dtype || (!op && timing.op != "none")) {
        into.warn(timing.line, fmt::format("{} {} is left out (plumbline has no such {})", timing.type, timing.op,
                                           dtype ? "reduction" : "type"));
        return std::nullopt;
    }
    CaseHeader header = header_of(timing.collective, timing.bytes, *dtype, timing.ranks, timing.nodes);
    header.what.op = op.value_or(ReduceOp::sum);
    header.what.in_place = timing.in_place;
    if (timing.groups > 1) {
        header.what.parameters["groups"] = std::to_string(timing.groups);
    }
    if (timing.hypercube) {
        header.what.parameters["algorithm"] = "hypercube";
    }
    const auto root = number(timing.root);
    const bool has_root = info(timing.collective).rooted && root && *root >= 0 && *root < timing.ranks;
    header.what.root = has_root ? static_cast<int>(*root) : 0;
    return header;
}

/// hypercube_perf prints busbw in place of algbw.
bool is_without_algbw(const NcclTiming& timing)
{
    return timing.hypercube && timing.algbw_GBps && timing.busbw_GBps &&
           std::abs(timing.algbw_GBps->value - timing.busbw_GBps->value) <= timing.busbw_GBps->half_unit;
}

std::string over_ranks(std::string_view option)
{
    return option == "0"   ? "of rank 0"
           : option == "1" ? "mean over ranks"
           : option == "2" ? "of the fastest rank"
           : option == "3" ? "of the slowest rank"
                           : "over ranks as nccl-tests' -a says, by default their mean";
}

/// What the row has against itself, in words; empty when nothing.
std::string contradiction(const NcclTiming& timing, const CaseHeader& header)
{
    const bool reduces = info(timing.collective).reduces;
    if (!timing.against.empty()) {
        return timing.against;
    }
    if (!timing.wrong && !timing.wrong_text.empty() && timing.wrong_text != "N/A") {
        return fmt::format("how many elements were wrong, '{}', can't be read", timing.wrong_text);
    }
    if (reduces && timing.op == "none") {
        return fmt::format("{} reduces, but the row says redop none", header.what.pattern);
    }
    if (!reduces && !timing.op.empty() && timing.op != "none" && nccl_op(timing.op)) {
        return fmt::format("{} reduces nothing, but the row says redop {}", header.what.pattern, timing.op);
    }
    if (!bytes_agree(timing, header.what.dtype)) {
        return fmt::format("{} elements of {} are not {} bytes", *timing.count, timing.type, timing.bytes);
    }
    if (!time_agrees(timing)) {
        return fmt::format("algbw {} GB/s is not {} bytes in {} us", timing.algbw_GBps->value, timing.bytes,
                           timing.time_us->value);
    }
    return {};
}

}  // namespace

std::vector<SuiteTest> nccl_suite()
{
    std::vector<SuiteTest> tests;
    for (const NcclProgram& program : programs) {
        tests.push_back({.name = std::string(program.name) + "_perf",
                         .pattern = name(program.collective),
                         .note = program.hypercube ? "parameter `algorithm`" : ""});
    }
    add_left_out(left_out, tests);
    return tests;
}

std::string_view why_nccl_leaves_out(std::string_view program)
{
    return why_left_out(left_out, program);
}

NamedTest nccl_test(std::string_view program)
{
    if (const auto slash = program.find_last_of('/'); slash != std::string_view::npos) {
        program.remove_prefix(slash + 1);
    }
    NamedTest test{.title = std::string(program), .collective = std::nullopt};
    const auto end = program.find("_perf");
    const auto* const found = std::find_if(programs.begin(), programs.end(), [&](const NcclProgram& p) {
        return end != std::string_view::npos && p.name == program.substr(0, end);
    });
    if (found != programs.end()) {
        test.collective = found->collective;
        test.hypercube = found->hypercube;
    }
    return test;
}

std::optional<DataType> nccl_type(std::string_view text)
{
    return find_in(types, text);
}

std::optional<ReduceOp> nccl_op(std::string_view text)
{
    return parse_reduce_op(text);
}

void NcclPlaces::add(int rank, std::uint64_t group, const std::string& host, const std::string& device)
{
    if (places_.contains(rank)) {
        places_.clear();
    }
    places_[rank] = {.group = group, .host = host, .device = device};
}

std::optional<int> NcclPlaces::ranks() const
{
    if (places_.empty()) {
        return std::nullopt;
    }
    if (groups() == 1) {
        return places_.rbegin()->first + 1;  // a line may be lost among other output
    }
    return static_cast<int>(std::count_if(places_.begin(), places_.end(),
                                          [&](const auto& place) { return place.second.group == reported_group(); }));
}

std::set<std::string> NcclPlaces::hosts() const
{
    std::set<std::string> hosts;
    for (const auto& [rank, place] : places_) {
        if (place.group == reported_group() && !place.host.empty()) {
            hosts.insert(place.host);
        }
    }
    return hosts;
}

int NcclPlaces::nodes() const
{
    std::map<std::string, std::map<std::string, int>> devices;  // of each host: how often each is listed
    for (const auto& [rank, place] : places_) {
        if (place.group == reported_group() && !place.device.empty() && !place.host.empty()) {
            ++devices[place.host][place.device];
        }
    }
    int nodes = 0;
    for (const auto& [host, times] : devices) {
        nodes += std::max_element(times.begin(), times.end(), [](const auto& a, const auto& b) {
                     return a.second < b.second;
                 })->second;
    }
    return std::max({1, nodes, static_cast<int>(hosts().size())});
}

int NcclPlaces::groups() const
{
    std::set<std::uint64_t> groups;
    for (const auto& [rank, place] : places_) {
        groups.insert(place.group);
    }
    return static_cast<int>(groups.size());
}

Believed add_timing(NcclTiming timing, Collector& into)
{
    auto header = header_of_timing(timing, into);
    if (!header) {
        return Believed::yes;
    }
    const auto add_failed = [&](std::string why, Believed believed) {
        into.warn(timing.line, why);
        fail(*header, std::move(why));
        into.add(std::move(*header));
        return believed;
    };
    judge_data(timing, *header);
    if (header->status == CaseStatus::failed) {
        into.add(std::move(*header));
        return Believed::yes;
    }
    if (is_without_algbw(timing)) {
        timing.algbw_GBps.reset();
    }
    if (timing.host_time && timing.seconds.samples == 0) {
        const auto seconds = seconds_at(static_cast<double>(timing.bytes), timing.algbw_GBps, 1e9);
        if (!seconds) {
            return add_failed(
                "its time is that of the host's calls (-C), and no time of the operation follows from its algbw",
                Believed::no);
        }
        timing.time_us = Printed{.value = *seconds * 1e6,
                                 .half_unit = *seconds * 1e6 * timing.algbw_GBps->half_unit / timing.algbw_GBps->value};
    }
    if (!timing.time_us || !(timing.time_us->value > 0)) {
        return add_failed(fmt::format("its time, '{}', can't be read", timing.time_text), Believed::no);
    }
    if (std::string why = contradiction(timing, *header); !why.empty()) {
        return add_failed(std::move(why), Believed::no);
    }
    if (header->bus_factor && !busbw_agrees(timing, *header->bus_factor)) {
        return add_failed(
            fmt::format("busbw {} GB/s is not {} times algbw, as {} on {} ranks has it. Give the number of "
                        "ranks with --ranks",
                        timing.busbw_GBps->value, shortest_number(*header->bus_factor), header->what.pattern,
                        timing.ranks),
            Believed::contradicts_ranks);
    }
    if (timing.seconds.samples == 0) {
        header->reported = ImportedValue{
            .time_s = timing.time_us->value / 1e6,
            .estimator = (timing.host_time ? "S over the mean algbw of the iterations; " : "mean of the iterations; ") +
                         over_ranks(timing.over_ranks),
            .iterations = timing.iterations,
            .chain = timing.chain};
    }
    into.add(std::move(*header), std::move(timing.seconds), timing.warmups);
    return Believed::yes;
}

Collective pattern_or_throw(const std::optional<Collective>& from_log, const Collector& into)
{
    const std::string& hint = into.hints().pattern;
    if (!hint.empty()) {
        const auto collective = parse_collective(hint);
        if (!collective) {
            std::vector<std::string_view> valid;
            std::ranges::transform(all_collectives(), std::back_inserter(valid), &CollectiveInfo::name);
            throw ConfigError(say("--pattern {} is not a collective. {}", hint,
                                  suggest_nearest("The nearest is", hint, valid, "See 'plumbline list patterns'")));
        }
        if (from_log && *from_log != *collective) {
            throw ConfigError(
                say("--pattern {} contradicts the log (it names {}). Leave it out", hint, name(*from_log)));
        }
        return *collective;
    }
    if (!from_log) {
        throw ConfigError(say("the log doesn't say which operation it is of. Name it with --pattern"));
    }
    return *from_log;
}

int ranks_or_throw(const std::optional<int>& from_log, Collector& into)
{
    const auto ranks = into.hints().ranks ? into.hints().ranks : from_log;
    if (from_log && ranks != from_log) {
        into.warn_once(0, fmt::format("the log says {} ranks; --ranks {} is taken", *from_log, *ranks));
    }
    if (!ranks || *ranks < 1) {
        throw ConfigError(say("the log doesn't say on how many ranks it ran. Give the number with --ranks"));
    }
    return *ranks;
}

}  // namespace plumbline::import
