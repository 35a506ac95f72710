// SPDX-License-Identifier: Apache-2.0
#include "results/layout/rounds.hpp"

#include "results/layout/congestion.hpp"
#include "results/layout/digests.hpp"
#include "results/layout/layout.hpp"
#include "results/layout/links.hpp"
#include "results/layout/matrices.hpp"
#include "results/layout/surroundings.hpp"
#include "results/layout/timeline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string_view>

namespace plumbline::layout {
namespace {

using hdf5::Description;
using hdf5::Error;

std::string_view share_units(std::string_view share)
{
    return share.ends_with("_s") ? "s" : "1";
}

template <class T>
void write_row(hdf5::Contents& file, const std::string& path, std::span<const T> values, const Description& description)
{
    const std::size_t count = values.size();
    hdf5::write_array<T>(file, path, values, {&count, 1}, description);
}

void write_starts(hdf5::Contents& file, const std::string& path, hid_t group, const Round& round)
{
    hdf5::write_attribute(group, "synchronisation", round.synchronisation);
    if (round.start_offset_s) {
        hdf5::write_attribute(group, "clock_error_s", round.clock_error_s.value_or(absent));
        write_times(file, path + "/start_offset_s", *round.start_offset_s, {},
                    "start on each rank after the earliest rank's start [sample][rank]");
    }
    if (!round.late.empty()) {
        write_row<std::uint8_t>(file, path + "/late", round.late, {"1", "1 = a rank missed the common start [sample]"});
    }
}

/// All of it but start_offset_s.
void read_start_frame(hid_t file, const std::string& path, hid_t group, Round& round)
{
    if (hdf5::has_attribute(group, "clock_error_s")) {
        const double error_s = hdf5::read_real_attribute(group, "clock_error_s");
        round.clock_error_s = std::isfinite(error_s) ? std::optional(error_s) : std::nullopt;
    }
    if (hdf5::exists(file, path + "/late")) {
        round.late = hdf5::read_array<std::uint8_t>(file, path + "/late", 1).values;
    }
}

void write_isolated(hdf5::Contents& file, const std::string& path, hid_t group, const Round& round)
{
    for (const auto& [what, matrix] : round.isolated) {
        write_matrix(file, fmt::format("{}/isolated/{}", path, what), matrix,
                     {"s", "one part of the workload alone, executions in between [sample][rank]"});
    }
    if (round.critical_rank) {
        hdf5::write_attribute(group, "critical_rank", std::int64_t{*round.critical_rank});
    }
}

/// Everything of a round but its matrices.
Round read_round_frame(hid_t file, const std::string& path, hid_t group)
{
    Round round;
    round.index = hdf5::read_count_attribute(group, "index");
    if (hdf5::has_attribute(group, "launch")) {
        round.launch = hdf5::read_count_attribute(group, "launch");
    }
    if (hdf5::has_attribute(group, "synchronisation")) {
        round.synchronisation = hdf5::read_text_attribute(group, "synchronisation");
    }
    round.position = hdf5::read_count_attribute(group, "execution_index");
    if (hdf5::has_attribute(group, "beside")) {
        round.beside = hdf5::read_count_attribute(group, "beside");
    }
    round.started_unix_s = hdf5::read_real_attribute(group, "started_unix_s");
    round.elapsed_s = hdf5::read_real_attribute(group, "elapsed_s");
    const auto stop = hdf5::read_text_attribute(group, "stop");
    const auto reason = parse_stop_reason(stop);
    if (!reason) {
        throw Error(say("unknown stop reason '{}'", stop));
    }
    round.stop = *reason;
    round.warmup = hdf5::read_array<std::uint8_t>(file, path + "/warmup", 1).values;
    round.batch = hdf5::read_array<std::uint32_t>(file, path + "/batch", 1).values;
    round.machine = read_machine(file, path);
    if (hdf5::has_attribute(group, "critical_rank")) {
        round.critical_rank = hdf5::read_count_attribute(group, "critical_rank");
    }
    return round;
}

std::vector<std::string> share_names(hid_t file, const std::string& path)
{
    return hdf5::exists(file, path) ? hdf5::links(hdf5::open_group(file, path).get()) : std::vector<std::string>{};
}

void check_shapes(const Round& round, const std::string& path)
{
    const bool flags_fit = round.warmup.size() == round.seconds.samples && round.batch.size() == round.seconds.samples;
    const bool shares_fit = std::all_of(round.shares.begin(), round.shares.end(), [&](const auto& share) {
        return share.second.samples == round.seconds.samples && share.second.ranks == round.seconds.ranks;
    });
    const bool starts_fit = (!round.start_offset_s || (round.start_offset_s->samples == round.seconds.samples &&
                                                       round.start_offset_s->ranks == round.seconds.ranks)) &&
                            (round.late.empty() || round.late.size() == round.seconds.samples);
    if (!flags_fit || !shares_fit || !starts_fit) {
        throw Error(say("{} has datasets whose extents don't fit together", path));
    }
}

}  // namespace

void write_round(hdf5::Contents& file, const CaseHeader& header, const Round& round)
{
    const std::string path = round_path(header.id, round.index);
    const hdf5::Id group = hdf5::create_group(file, path);
    hdf5::write_attribute(group.get(), "index", std::int64_t{round.index});
    hdf5::write_attribute(group.get(), "launch", std::int64_t{round.launch});
    hdf5::write_attribute(group.get(), "execution_index", std::int64_t{round.position});
    if (round.beside > 0) {
        hdf5::write_attribute(group.get(), "beside", std::int64_t{round.beside});
    }
    hdf5::write_attribute(group.get(), "started_unix_s", round.started_unix_s);
    hdf5::write_attribute(group.get(), "elapsed_s", round.elapsed_s);
    hdf5::write_attribute(group.get(), "stop", name(round.stop));
    write_times(file, path + "/samples_s", round.seconds, round.batch,
                "time of each execution on each rank [sample][rank]");
    write_row<std::uint8_t>(file, path + "/warmup", round.warmup, {"1", "1 = warm-up, not in any summary [sample]"});
    write_row<std::uint32_t>(file, path + "/batch", round.batch, {"1", "executions that a sample is the mean of"});
    for (const auto& [share, matrix] : round.shares) {
        write_matrix(file, fmt::format("{}/shares/{}", path, share), matrix,
                     {share_units(share), "share of each execution on each rank [sample][rank]"});
    }
    write_starts(file, path, group.get(), round);
    write_interference(file, path, round.interference);
    write_devices(file, path, round.devices);
    write_machine(file, path, round.machine);
    write_timeline(file, path, group.get(), round.timeline);
    write_isolated(file, path, group.get(), round);
    write_links(file, path, round);
    write_congestion(file, path, round);
    if (is_worth_a_digest(round)) {
        write_digest(file, path, digest_of(header.what, round));
    }
}

Round read_round(hid_t file, int id, int round, Extent extent)
{
    const std::string path = round_path(id, round);
    const hdf5::Id group = hdf5::open_group(file, path);
    Round whole = read_round_frame(file, path, group.get());
    whole.seconds = read_times(file, path + "/samples_s", whole.batch);
    read_start_frame(file, path, group.get(), whole);
    if (has_times(file, path + "/start_offset_s")) {
        whole.start_offset_s = read_times(file, path + "/start_offset_s", {});
    }
    for (const auto& share : share_names(file, path + "/shares")) {
        whole.shares[share] = read_matrix(file, fmt::format("{}/shares/{}", path, share));
    }
    for (const auto& what : share_names(file, path + "/isolated")) {
        whole.isolated[what] = read_matrix(file, fmt::format("{}/isolated/{}", path, what));
    }
    if (whole.index != round) {
        throw Error(say("{} says that it is round {}", path, whole.index));
    }
    check_shapes(whole, path);
    whole.congestion = read_congestion(file, path, whole.seconds);
    if (extent == Extent::for_summary) {
        return whole;
    }
    read_surroundings(file, id, round, whole);
    whole.links = read_links(file, path, whole.seconds);
    return whole;
}

Round read_frame(hid_t file, int id, int round)
{
    const std::string path = round_path(id, round);
    return read_round_frame(file, path, hdf5::open_group(file, path).get());
}

std::optional<RoundDigest> read_round_digest(hid_t file, int id, int round)
{
    const std::string path = round_path(id, round);
    const hdf5::Id group = hdf5::open_group(file, path);
    if (!hdf5::exists(file, path + "/digest")) {
        return std::nullopt;
    }
    Round frame = read_round_frame(file, path, group.get());
    read_start_frame(file, path, group.get(), frame);
    if (frame.index != round) {
        throw Error(say("{} says that it is round {}", path, frame.index));
    }
    return read_digest(file, path, std::move(frame));
}

void read_surroundings(hid_t file, int id, int round, Round& into)
{
    const std::string path = round_path(id, round);
    into.interference = read_interference(file, path);
    into.devices = read_devices(file, path);
    into.timeline = read_timeline(file, path, hdf5::open_group(file, path).get());
}

std::set<std::pair<int, int>> list_rounds(hid_t file)
{
    std::set<std::pair<int, int>> rounds;
    const hdf5::Id cases = hdf5::open_group(file, "/cases");
    for (const auto& case_link : hdf5::links(cases.get())) {
        const auto id = parse_number(case_link);
        const std::string path = case_link + "/rounds";
        if (!id || case_name(*id) != case_link) {
            throw Error(say("/cases has the impossible name '{}'", case_link));
        }
        if (!hdf5::exists(cases.get(), path)) {
            continue;
        }
        for (const auto& round_link : hdf5::links(hdf5::open_group(cases.get(), path).get())) {
            const auto round = parse_number(round_link);
            if (!round || std::to_string(*round) != round_link) {
                throw Error(say("/cases/{} has the impossible name '{}'", path, round_link));
            }
            rounds.emplace(*id, *round);
        }
    }
    return rounds;
}

}  // namespace plumbline::layout
