// SPDX-License-Identifier: Apache-2.0
#include "results/store/rounds.hpp"

#include "results/records/case_record.hpp"
#include "results/store/congestion.hpp"
#include "results/store/layout.hpp"
#include "results/store/links.hpp"
#include "results/store/surroundings.hpp"
#include "results/store/timeline.hpp"
#include "results/summaries/workload_summary.hpp"

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

std::vector<double> row_maxima(const SampleMatrix& matrix)
{
    std::vector<double> maxima;
    for (std::size_t i = 0; i < matrix.samples; ++i) {
        const auto row = matrix.row(i);
        maxima.push_back(row.empty() ? absent : *std::max_element(row.begin(), row.end()));
    }
    return maxima;
}

std::vector<double> row_means(const SampleMatrix& matrix)
{
    std::vector<double> means;
    for (std::size_t i = 0; i < matrix.samples; ++i) {
        double sum = 0;
        for (const double value : matrix.row(i)) {
            sum += value;
        }
        means.push_back(matrix.ranks == 0 ? absent : sum / static_cast<double>(matrix.ranks));
    }
    return means;
}

std::string_view share_units(std::string_view share)
{
    return share.ends_with("_s") ? "s" : "1";
}

template <class T>
void write_row(hid_t file, const std::string& path, std::span<const T> values, const Description& description)
{
    const std::size_t count = values.size();
    hdf5::write_array<T>(file, path, values, {&count, 1}, description);
}

void write_matrix(hid_t file, const std::string& path, const SampleMatrix& matrix, const Description& description)
{
    const std::array shape{matrix.samples, matrix.ranks};
    hdf5::write_array<double>(file, path, matrix.values, shape, description);
}

SampleMatrix read_matrix(hid_t file, const std::string& path)
{
    auto array = hdf5::read_array<double>(file, path, 2);
    return {.samples = array.shape[0], .ranks = array.shape[1], .values = std::move(array.values)};
}

/// [sample] of a round without ranks to tell them apart.
SampleMatrix read_one_column(hid_t file, const std::string& path)
{
    auto array = hdf5::read_array<double>(file, path, 1);
    return {.samples = array.shape[0], .ranks = 1, .values = std::move(array.values)};
}

/// Idle share of each sample, by the one definition that the summary uses; absent (NaN) where there is none.
std::vector<double> bubble_of_each_sample(const CaseHeader& header, const std::vector<double>& slowest,
                                          const std::vector<double>& mean_compute)
{
    CaseRecord one{.header = header, .rounds = std::vector<Round>(1)};
    std::vector<double> bubbles;
    for (std::size_t i = 0; i < slowest.size(); ++i) {
        one.rounds[0].seconds = {.samples = 1, .ranks = 1, .values = {slowest[i]}};
        one.rounds[0].shares["compute_s"] = {.samples = 1, .ranks = 1, .values = {mean_compute[i]}};
        const auto fraction = bubble_fractions(one);
        bubbles.push_back(fraction.empty() ? absent : fraction.front());
    }
    return bubbles;
}

void write_starts(hid_t file, const std::string& path, hid_t group, const Round& round)
{
    hdf5::write_attribute(group, "synchronisation", round.synchronisation);
    if (round.start_offset_s) {
        hdf5::write_attribute(group, "clock_error_s", round.clock_error_s.value_or(absent));
        write_matrix(file, path + "/start_offset_s", *round.start_offset_s,
                     {"s", "start on each rank after the earliest rank's start [sample][rank]"});
        write_row<double>(file, path + "/start_skew_s", row_maxima(*round.start_offset_s),
                          {"s", "last rank's start - first rank's [sample]; derived"});
    }
    if (!round.late.empty()) {
        write_row<std::uint8_t>(file, path + "/late", round.late, {"1", "1 = a rank missed the common start [sample]"});
    }
}

/// `starts`: the dataset that the offsets are taken from.
void read_starts(hid_t file, const std::string& path, SampleMatrix (*read)(hid_t, const std::string&),
                 const char* starts, Round& round)
{
    const hdf5::Id group = hdf5::open_group(file, path);
    if (hdf5::exists(file, path + starts)) {
        round.start_offset_s = read(file, path + starts);
    }
    if (hdf5::has_attribute(group.get(), "clock_error_s")) {
        const double error_s = hdf5::read_real_attribute(group.get(), "clock_error_s");
        round.clock_error_s = std::isfinite(error_s) ? std::optional(error_s) : std::nullopt;
    }
    if (hdf5::exists(file, path + "/late")) {
        round.late = hdf5::read_array<std::uint8_t>(file, path + "/late", 1).values;
    }
}

void write_isolated(hid_t file, const std::string& path, hid_t group, const Round& round)
{
    for (const auto& [what, matrix] : round.isolated) {
        write_matrix(file, fmt::format("{}/isolated/{}", path, what), matrix,
                     {"s", "one part of the workload alone, executions in between [sample][rank]"});
        write_row<double>(file, fmt::format("{}/isolated_mean/{}", path, what), row_means(matrix),
                          {"s", "mean over the ranks [sample]; derived"});
    }
    if (round.critical_rank) {
        hdf5::write_attribute(group, "critical_rank", std::int64_t{*round.critical_rank});
    }
}

void write_derived(hid_t file, const std::string& path, const CaseHeader& header, const Round& round)
{
    const auto slowest = row_maxima(round.seconds);
    write_row<double>(file, path + "/slowest_s", slowest, {"s", "largest of the ranks' times [sample]; derived"});
    for (const auto& [share, matrix] : round.shares) {
        const auto means = row_means(matrix);
        write_row<double>(file, fmt::format("{}/shares_mean/{}", path, share), means,
                          {share_units(share), "mean of the share over the ranks [sample]; derived"});
        if (share == "compute_s") {
            write_row<double>(file, path + "/bubble_fraction", bubble_of_each_sample(header, slowest, means),
                              {"1", "1 - mean compute / slowest_s [sample]; derived"});
        }
    }
}

/// Everything of a round but its matrices.
Round read_round_frame(hid_t file, const std::string& path)
{
    const hdf5::Id group = hdf5::open_group(file, path);
    Round round;
    round.index = hdf5::read_count_attribute(group.get(), "index");
    if (hdf5::has_attribute(group.get(), "launch")) {
        round.launch = hdf5::read_count_attribute(group.get(), "launch");
    }
    if (hdf5::has_attribute(group.get(), "synchronisation")) {
        round.synchronisation = hdf5::read_text_attribute(group.get(), "synchronisation");
    }
    round.position = hdf5::read_count_attribute(group.get(), "position");
    round.started_unix_s = hdf5::read_real_attribute(group.get(), "started_unix_s");
    round.elapsed_s = hdf5::read_real_attribute(group.get(), "elapsed_s");
    const auto stop = hdf5::read_text_attribute(group.get(), "stop");
    const auto reason = parse_stop_reason(stop);
    if (!reason) {
        throw Error(fmt::format("unknown stop reason '{}'", stop));
    }
    round.stop = *reason;
    round.warmup = hdf5::read_array<std::uint8_t>(file, path + "/warmup", 1).values;
    round.batch = hdf5::read_array<std::uint32_t>(file, path + "/batch", 1).values;
    round.machine = read_machine(file, path);
    if (hdf5::has_attribute(group.get(), "critical_rank")) {
        round.critical_rank = hdf5::read_count_attribute(group.get(), "critical_rank");
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
        throw Error(path + " has datasets whose extents don't fit together");
    }
}

}  // namespace

void write_round(hid_t file, const CaseHeader& header, const Round& round)
{
    const std::string path = round_path(header.id, round.index);
    const hdf5::Id group = hdf5::create_group(file, path);
    hdf5::write_attribute(group.get(), "index", std::int64_t{round.index});
    hdf5::write_attribute(group.get(), "launch", std::int64_t{round.launch});
    hdf5::write_attribute(group.get(), "position", std::int64_t{round.position});
    hdf5::write_attribute(group.get(), "started_unix_s", round.started_unix_s);
    hdf5::write_attribute(group.get(), "elapsed_s", round.elapsed_s);
    hdf5::write_attribute(group.get(), "stop", name(round.stop));
    write_matrix(file, path + "/samples_s", round.seconds, {"s", "time of each execution on each rank [sample][rank]"});
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
    write_derived(file, path, header, round);
}

Round read_round(hid_t file, int id, int round)
{
    const std::string path = round_path(id, round);
    Round whole = read_round_frame(file, path);
    whole.seconds = read_matrix(file, path + "/samples_s");
    read_starts(file, path, read_matrix, "/start_offset_s", whole);
    whole.interference = read_interference(file, path);
    whole.devices = read_devices(file, path);
    whole.timeline = read_timeline(file, path, hdf5::open_group(file, path).get());
    for (const auto& share : share_names(file, path + "/shares")) {
        whole.shares[share] = read_matrix(file, fmt::format("{}/shares/{}", path, share));
    }
    for (const auto& what : share_names(file, path + "/isolated")) {
        whole.isolated[what] = read_matrix(file, fmt::format("{}/isolated/{}", path, what));
    }
    check_shapes(whole, path);
    whole.links = read_links(file, path, whole.seconds);
    whole.congestion = read_congestion(file, path, whole.seconds.samples);
    return whole;
}

Round read_frame(hid_t file, int id, int round)
{
    return read_round_frame(file, round_path(id, round));
}

Round read_reduced_round(hid_t file, int id, int round)
{
    const std::string path = round_path(id, round);
    Round reduced = read_round_frame(file, path);
    reduced.seconds = read_one_column(file, path + "/slowest_s");
    read_starts(file, path, read_one_column, "/start_skew_s", reduced);
    for (const auto& share : share_names(file, path + "/shares_mean")) {
        reduced.shares[share] = read_one_column(file, fmt::format("{}/shares_mean/{}", path, share));
    }
    for (const auto& what : share_names(file, path + "/isolated_mean")) {
        reduced.isolated[what] = read_one_column(file, fmt::format("{}/isolated_mean/{}", path, what));
    }
    check_shapes(reduced, path);
    reduced.congestion = read_congestion(file, path, reduced.seconds.samples);
    return reduced;
}

std::set<std::pair<int, int>> list_rounds(hid_t file)
{
    std::set<std::pair<int, int>> rounds;
    const hdf5::Id cases = hdf5::open_group(file, "/cases");
    for (const auto& case_link : hdf5::links(cases.get())) {
        const auto id = parse_number(case_link);
        const std::string path = case_link + "/rounds";
        if (!id || !hdf5::exists(cases.get(), path)) {
            continue;
        }
        for (const auto& round_link : hdf5::links(hdf5::open_group(cases.get(), path).get())) {
            if (const auto round = parse_number(round_link)) {
                rounds.emplace(*id, *round);
            }
        }
    }
    return rounds;
}

}  // namespace plumbline::layout
