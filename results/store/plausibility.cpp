// SPDX-License-Identifier: Apache-2.0
#include "results/store/plausibility.hpp"

#include "results/hdf5/hdf5_handles.hpp"
#include "results/summaries/core_sharing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <set>
#include <string>
#include <vector>

namespace plumbline::layout {
namespace {

/// No time is shorter, or a bandwidth could be infinite; and thirty years.
constexpr double shortest_s = 1e-30;
constexpr double longest_s = 1e9;
/// A share of a sample on a device is NaN where the rank takes no part.
constexpr std::string_view may_be_absent = "device_s";

bool is_time(double seconds)
{
    return seconds == 0 || (seconds >= shortest_s && seconds <= longest_s);  // false for NaN
}
bool is_offset(double seconds)
{
    return seconds >= 0 && seconds <= longest_s;
}
bool is_moment(double seconds)
{
    return std::isfinite(seconds) && std::abs(seconds) <= longest_s;
}
/// Of a part of a sample's time; rounding may take it a little below nothing.
bool is_share(double seconds)
{
    constexpr double rounding = -1e-9;
    return seconds >= rounding && seconds <= longest_s;
}
/// Seconds since 1970, up to the year 9999; 0 where nobody said.
bool is_date(double seconds)
{
    constexpr double last = 253402300799;
    return seconds >= 0 && seconds <= last;
}
bool is_flag(std::uint8_t value)
{
    return value <= 1;
}
bool is_rank(std::int64_t rank, std::size_t ranks)
{
    return rank >= 0 && static_cast<std::size_t>(rank) < ranks;
}

template <class... Values>
void require(bool holds, SentenceText<std::type_identity_t<Values>...> sentence, const Values&... values)
{
    if (!holds) {
        throw hdf5::Error(say<Values...>(sentence, values...));
    }
}

template <class Test>
void check_matrix(const SampleMatrix& matrix, std::size_t ranks, Test test, std::string_view what)
{
    require(matrix.ranks == ranks || matrix.samples == 0, "{} has {} columns for {} ranks", what, matrix.ranks, ranks);
    const auto odd = std::ranges::find_if_not(matrix.values, test);
    require(odd == matrix.values.end(), "{} holds the impossible time {} s", what,
            odd == matrix.values.end() ? 0 : *odd);
}

void check_timeline(const Timeline& timeline, std::size_t samples, std::size_t ranks)
{
    require(timeline.sample < samples && static_cast<std::size_t>(timeline.ranks) <= ranks,
            "a timeline is of a sample or of ranks that there are not");
    for (const TimelineStep& step : timeline.steps) {
        const bool fits = is_rank(step.rank, ranks) && step.step >= 0 && step.microbatch >= -1 && step.chunk >= -1 &&
                          (step.peer == -1 || is_rank(step.peer, ranks)) && is_moment(step.begin_s) &&
                          is_moment(step.end_s) && step.end_s >= step.begin_s;
        require(fits, "a timeline has an impossible step of rank {}", step.rank);
    }
}

void check_snapshot(const HostSnapshot& snapshot, std::size_t hosts)
{
    for (const auto& seconds : {snapshot.cache_line_latency_s, snapshot.l1_copy_s}) {
        require(seconds.size() <= hosts, "a round was looked at on {} hosts of {}", seconds.size(), hosts);
        require(std::ranges::all_of(seconds, is_time), "a look at a host took an impossible time");
    }
}

void check_links(const LinkRows& links, std::size_t ranks)
{
    for (std::size_t i = 0; i < links.sends_to.size(); ++i) {
        require(links.sends_to[i] < 0 || static_cast<std::size_t>(links.sends_to[i]) != i % ranks,
                "send_peer has rank {} send to itself", i % ranks);
    }
}

void check_flags(const Round& round)
{
    require(std::ranges::all_of(round.warmup, is_flag) && std::ranges::all_of(round.late, is_flag),
            "a flag of a sample is neither 0 nor 1");
    require(std::ranges::all_of(round.batch, [](std::uint32_t batch) { return batch >= 1; }),
            "a sample is of 0 executions");
}

}  // namespace

void check_run(const RunMetadata& info)
{
    require(info.ranks >= 1, "it says that it is of {} ranks", info.ranks);
    for (const double seconds : {info.clock_cost_s, info.empty_operation_s}) {
        require(is_time(seconds), "its clock costs the impossible time {} s", seconds);
    }
    require(info.places.size() <= static_cast<std::size_t>(info.ranks), "/environment/ranks has {} rows for {} ranks",
            info.places.size(), info.ranks);
    for (std::size_t i = 0; i < info.places.size(); ++i) {
        const RankLocation& place = info.places[i];
        require(place.rank >= 0 && static_cast<std::size_t>(place.rank) == i,
                "/environment/ranks has rank {} where rank {} is", place.rank, i);
        require(is_rank(place.node, info.hosts.size()), "/environment/ranks puts rank {} on host {} of {}", place.rank,
                place.node, info.hosts.size());
        require(place.cores.empty() || !parse_cores(place.cores).empty(),
                "/environment/ranks has the impossible list of cores '{}'", place.cores);
    }
    for (const Launch& launch : info.launches) {
        require(is_date(launch.started_unix_s) && is_time(launch.clock_cost_s) && is_time(launch.empty_operation_s),
                "/launches has an impossible time");
    }
    require(is_date(info.started_unix_s), "its start is no moment");
}

void check_probes(const RunMetadata& info, std::span<const HostProbe> probes)
{
    for (const HostProbe& probe : probes) {
        require(is_date(probe.at_unix_s), "/probes has an impossible moment");
        for (const RankProbe& rank : probe.ranks) {
            require(is_rank(rank.rank, static_cast<std::size_t>(info.ranks)), "/probes names rank {} of {}", rank.rank,
                    info.ranks);
            for (const auto& seconds : {rank.alone_best_s, rank.alone_median_s, rank.together_best_s,
                                        rank.together_median_s, rank.cache_line_latency_s, rank.l1_copy_s}) {
                require(!seconds || is_time(*seconds), "/probes has the impossible time {} s", seconds.value_or(0));
            }
        }
    }
}

void check_world_ranks(const RunMetadata& info, const CaseHeader& header, std::span<const int> world_ranks)
{
    require(world_ranks.size() == static_cast<std::size_t>(header.what.ranks),
            "case {} has {} world ranks for {} ranks", header.id, world_ranks.size(), header.what.ranks);
    std::set<int> seen;
    for (const int rank : world_ranks) {
        require(is_rank(rank, static_cast<std::size_t>(info.ranks)) && seen.insert(rank).second,
                "case {} has world rank {}, of {} ranks, twice or for none", header.id, rank, info.ranks);
    }
}

namespace {

/// Of a round with `columns` columns a matrix; false where it has no samples.
bool check_frame_and_matrices(const RunMetadata& info, const Round& round, std::size_t columns)
{
    require(static_cast<std::size_t>(round.launch) < info.launches.size(), "it was measured by launch {} of {}",
            round.launch, info.launches.size());
    require(is_date(round.started_unix_s) && is_time(round.elapsed_s), "it has an impossible start or length");
    check_flags(round);
    check_snapshot(round.machine.before, info.hosts.size());
    check_snapshot(round.machine.after, info.hosts.size());
    if (round.seconds.samples == 0) {
        return false;
    }
    check_matrix(round.seconds, columns, is_time, "samples");
    require(info.simulated || std::ranges::any_of(round.seconds.values, [](double seconds) { return seconds > 0; }),
            "samples are all zero");
    if (round.start_offset_s) {
        check_matrix(*round.start_offset_s, columns, is_offset, "start_offset");
    }
    for (const auto& [share, matrix] : round.shares) {
        const bool optional = share == may_be_absent;
        check_matrix(
            matrix, columns, [&](double seconds) { return is_share(seconds) || (optional && std::isnan(seconds)); },
            share);
    }
    for (const auto& [what, matrix] : round.isolated) {
        check_matrix(matrix, columns, is_share, what);
    }
    return true;
}

}  // namespace

void check_round(const RunMetadata& info, const CaseHeader& header, const Round& round)
{
    const auto ranks = static_cast<std::size_t>(header.what.ranks);
    if (!check_frame_and_matrices(info, round, ranks)) {
        return;
    }
    require(!round.critical_rank || is_rank(*round.critical_rank, ranks), "its critical rank is none of {} ranks",
            ranks);
    check_surroundings(header, round);
    if (round.links) {
        check_links(*round.links, ranks);
    }
    if (round.congestion) {
        require(std::ranges::all_of(round.congestion->aggressor_s,
                                    [](double seconds) { return std::isnan(seconds) || is_time(seconds); }),
                "aggressor_s holds an impossible time");
    }
}

void check_surroundings(const CaseHeader& header, const Round& round)
{
    const auto ranks = static_cast<std::size_t>(header.what.ranks);
    require(round.interference.empty() || round.interference.size() == ranks, "interference has {} rows for {} ranks",
            round.interference.size(), ranks);
    require(round.devices.empty() || round.devices.size() == ranks, "devices has {} rows for {} ranks",
            round.devices.size(), ranks);
    if (round.timeline) {
        check_timeline(*round.timeline, round.seconds.samples, ranks);
    }
}

void check_digest(const RunMetadata& info, const CaseHeader& header, const RoundDigest& digest)
{
    const auto ranks = static_cast<std::size_t>(header.what.ranks);
    check_frame_and_matrices(info, digest.reduced, 1);
    require(!digest.reduced.critical_rank || is_rank(*digest.reduced.critical_rank, ranks),
            "its critical rank is none of {} ranks", ranks);
    for (const auto& [kind, excess] : digest.excesses) {
        const bool good = std::ranges::all_of(excess.middles_s, is_moment) &&
                          excess.largest.size() == std::min(ranks, ExcessDigest::most_ranks) &&
                          std::ranges::all_of(excess.largest, [&](const RankExcess& one) {
                              return is_rank(one.rank, ranks) && is_moment(one.excess_s);
                          });
        require(good, "its digest of {} is impossible", name(kind));
    }
}

void check_shapes(const CaseHeader& header, const Round& round)
{
    const auto fits = [](const SampleMatrix& matrix) {
        return matrix.values.size() == matrix.samples * matrix.ranks && (matrix.samples == 0 || matrix.ranks > 0);
    };
    bool good = header.id >= 0 && round.index >= 0 && fits(round.seconds) &&
                round.warmup.size() == round.seconds.samples && round.batch.size() == round.seconds.samples;
    for (const auto& [share, matrix] : round.shares) {
        good = good && fits(matrix) && matrix.samples == round.seconds.samples && matrix.ranks == round.seconds.ranks;
    }
    if (round.start_offset_s) {
        const SampleMatrix& starts = *round.start_offset_s;
        good = good && fits(starts) && starts.samples == round.seconds.samples && starts.ranks == round.seconds.ranks;
    }
    good = good && (round.late.empty() || round.late.size() == round.seconds.samples);
    good = good && (!round.links || (round.links->sends_to.size() == round.seconds.values.size() &&
                                     round.links->stage.size() == round.seconds.samples));
    good = good && (!round.congestion || (round.congestion->stage.size() == round.seconds.samples &&
                                          round.congestion->split.size() == round.seconds.samples &&
                                          round.congestion->role.size() == round.congestion->aggressor_s.size()));
    if (!good) {
        throw std::logic_error("a round to store has parts of different extents");
    }
}

}  // namespace plumbline::layout
