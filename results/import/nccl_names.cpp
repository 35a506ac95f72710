#include "results/import/nccl_names.hpp"

#include "collectives/util/error.hpp"
#include "results/import/named.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace plumbline::import {
namespace {

constexpr std::array programs{
    Named{"all_reduce", Collective::allreduce}, Named{"reduce_scatter", Collective::reduce_scatter},
    Named{"all_gather", Collective::allgather}, Named{"alltoallv", Collective::alltoallv},
    Named{"alltoall", Collective::alltoall},    Named{"broadcast", Collective::broadcast},
    Named{"sendrecv", Collective::sendrecv},    Named{"gather", Collective::gather},
    Named{"scatter", Collective::scatter},      Named{"reduce", Collective::reduce}};
constexpr std::array types{
    Named{"float", DataType::float32},      Named{"double", DataType::float64},    Named{"half", DataType::float16},
    Named{"bfloat16", DataType::bfloat16},  Named{"int32", DataType::int32},       Named{"int", DataType::int32},
    Named{"int8", DataType::int8},          Named{"char", DataType::int8},         Named{"uint8", DataType::uint8},
    Named{"float32", DataType::float32},    Named{"float64", DataType::float64},   Named{"float16", DataType::float16},
    Named{"f8e4m3", DataType::float8_e4m3}, Named{"f8e5m2", DataType::float8_e5m2}};

/// The log's own busbw is rounded to 0.01 GB/s and its time to 4 digits; a difference beyond that means another
/// number of ranks.
bool busbw_agrees(double busbw_GBps, double computed_GBps)
{
    return std::abs(busbw_GBps - computed_GBps) <= 0.006 + 0.02 * computed_GBps;
}

void judge_data(const NcclTiming& timing, CaseHeader& header)
{
    if (!timing.wrong) {
        header.verification_note = "not checked, says the log";
    } else if (*timing.wrong == 0) {
        header.verification = Verification::verified;
        header.verification_note = "by the suite, outside the timed calls";
    } else {
        header.status = CaseStatus::failed;
        header.why = fmt::format("wrong data ({:g} elements, says the log)", *timing.wrong);
        header.reported.reset();
    }
}

}  // namespace

std::optional<Collective> nccl_collective(std::string_view program)
{
    if (const auto slash = program.find_last_of('/'); slash != std::string_view::npos) {
        program.remove_prefix(slash + 1);
    }
    const auto end = program.find("_perf");
    return end == std::string_view::npos ? std::nullopt : find_in(programs, program.substr(0, end));
}

std::optional<DataType> nccl_type(std::string_view text)
{
    return find_in(types, text);
}

std::optional<ReduceOp> nccl_op(std::string_view text)
{
    return parse_reduce_op(text);
}

void NcclPlaces::add(int rank, std::uint64_t group, const std::string& host)
{
    if (places_.contains(rank)) {
        places_.clear();
    }
    places_[rank] = {.group = group, .host = host};
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

int NcclPlaces::groups() const
{
    std::set<std::uint64_t> groups;
    for (const auto& [rank, place] : places_) {
        groups.insert(place.group);
    }
    return static_cast<int>(groups.size());
}

void add_timing(const NcclTiming& timing, Collector& into)
{
    const auto dtype = nccl_type(timing.type);
    const bool reduces = info(timing.collective).reduces;
    const auto op = reduces ? nccl_op(timing.op) : ReduceOp::sum;
    if (!dtype || !op) {
        into.warn(timing.line, fmt::format("{} {} is left out (plumbline has no such {})", timing.type, timing.op,
                                           dtype ? "reduction" : "type"));
        return;
    }
    if (!(timing.time_us > 0) || timing.bytes == 0) {
        into.warn(timing.line, fmt::format("{} B in {} us is left out (bytes and time must be positive)", timing.bytes,
                                           timing.time_us));
        return;
    }
    CaseHeader header = header_of(timing.collective, timing.bytes, *dtype, timing.ranks, timing.nodes);
    header.what.op = *op;
    header.what.in_place = timing.in_place;
    if (timing.groups > 1) {
        header.what.parameters["groups"] = std::to_string(timing.groups);
    }
    const auto root = number(timing.root);
    const bool has_root = info(timing.collective).rooted && root && *root >= 0 && *root < timing.ranks;
    header.what.root = has_root ? static_cast<int>(*root) : 0;
    header.reported =
        ImportedValue{.time_s = timing.time_us / 1e6,
                      .estimator = "mean of the iterations; over ranks as nccl-tests' -a says, by default their mean",
                      .iterations = timing.iterations};
    const double computed =
        static_cast<double>(timing.bytes) / header.reported->time_s * header.bus_factor.value_or(0) / 1e9;
    if (timing.busbw_GBps && header.bus_factor && !busbw_agrees(*timing.busbw_GBps, computed)) {
        into.warn(timing.line, fmt::format("busbw {} GB/s is not that of {} ranks ({:.2f})", *timing.busbw_GBps,
                                           timing.ranks, computed));
    }
    judge_data(timing, header);
    into.add(std::move(header));
}

Collective pattern_or_throw(const std::optional<Collective>& from_log, const Collector& into)
{
    const std::string& hint = into.hints().pattern;
    if (!hint.empty()) {
        const auto collective = parse_collective(hint);
        if (!collective) {
            throw ConfigError(fmt::format("--pattern {} is not a collective. See 'plumbline list patterns'", hint));
        }
        return *collective;
    }
    if (!from_log) {
        throw ConfigError("the log doesn't say which operation it is of. Name it with --pattern");
    }
    return *from_log;
}

int ranks_or_throw(const std::optional<int>& from_log, const Collector& into)
{
    const auto ranks = into.hints().ranks ? into.hints().ranks : from_log;
    if (!ranks || *ranks < 1) {
        throw ConfigError("the log doesn't say on how many ranks it ran. Give the number with --ranks");
    }
    return *ranks;
}

}  // namespace plumbline::import
