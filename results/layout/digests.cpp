// SPDX-License-Identifier: Apache-2.0
#include "results/layout/digests.hpp"

#include "results/layout/columns.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace plumbline::layout {
namespace {

void write_column(hdf5::Contents& file, const std::string& path, std::span<const double> values, std::string_view units,
                  std::string_view text)
{
    const std::size_t count = values.size();
    hdf5::write_array<double>(file, path, values, {&count, 1}, {.units = units, .text = text});
}

SampleMatrix read_column(hid_t file, const std::string& path)
{
    auto values = hdf5::read_array<double>(file, path, 1).values;
    const std::size_t samples = values.size();
    return {.samples = samples, .ranks = 1, .values = std::move(values)};
}

std::vector<std::string> names_in(hid_t file, const std::string& group)
{
    return hdf5::exists(file, group) ? hdf5::links(hdf5::open_group(file, group).get()) : std::vector<std::string>{};
}

ExcessDigest read_excess(hid_t file, const std::string& path)
{
    ExcessDigest digest{.middles_s = hdf5::read_array<double>(file, path + "/middles_s", 1).values, .largest = {}};
    const hdf5::Table table(file, path + "/largest");
    const auto ranks = table.column<std::int64_t>("rank");
    const auto excesses_s = table.column<double>("excess_s");
    for (std::size_t i = 0; i < ranks.size(); ++i) {
        digest.largest.push_back({.rank = narrow(ranks[i]), .excess_s = excesses_s[i]});
    }
    return digest;
}

}  // namespace

void write_digest(hdf5::Contents& file, const std::string& path, const RoundDigest& digest)
{
    const std::string below = path + "/digest";
    const Round& reduced = digest.reduced;
    write_column(file, below + "/slowest_s", reduced.seconds.values, "s", "the slowest rank's time [sample]");
    if (reduced.start_offset_s) {
        write_column(file, below + "/start_skew_s", reduced.start_offset_s->values, "s",
                     "start of the last rank after the earliest one's [sample]");
    }
    for (const auto& [share, column] : reduced.shares) {
        write_column(file, fmt::format("{}/shares/{}", below, share), column.values, share.ends_with("_s") ? "s" : "1",
                     "mean of the share over the ranks [sample]");
    }
    for (const auto& [what, column] : reduced.isolated) {
        write_column(file, fmt::format("{}/isolated/{}", below, what), column.values, "s",
                     "mean of the part alone over the ranks [execution]");
    }
    for (const auto& [kind, excess] : digest.excesses) {
        const std::string of_kind = fmt::format("{}/excesses/{}", below, name(kind));
        write_column(file, of_kind + "/middles_s", excess.middles_s, "s",
                     "median over the ranks of what is compared [timed sample]");
        Columns<RankExcess> columns(excess.largest);
        columns.add("rank", "1", [](const RankExcess& one) { return one.rank; });
        columns.add("excess_s", "s", [](const RankExcess& one) { return one.excess_s; });
        columns.write(file, of_kind + "/largest",
                      "ranks of the case whose median excess over the others is largest; no other rank's is larger");
    }
}

std::optional<RoundDigest> read_digest(hid_t file, const std::string& path, Round frame)
{
    const std::string below = path + "/digest";
    if (!hdf5::exists(file, below)) {
        return std::nullopt;
    }
    RoundDigest digest{.reduced = std::move(frame), .excesses = {}};
    Round& reduced = digest.reduced;
    reduced.seconds = read_column(file, below + "/slowest_s");
    const std::size_t samples = reduced.seconds.samples;
    bool fits = reduced.warmup.size() == samples && reduced.batch.size() == samples &&
                (reduced.late.empty() || reduced.late.size() == samples);
    if (hdf5::exists(file, below + "/start_skew_s")) {
        reduced.start_offset_s = read_column(file, below + "/start_skew_s");
        fits = fits && reduced.start_offset_s->samples == samples;
    }
    for (const std::string& share : names_in(file, below + "/shares")) {
        reduced.shares[share] = read_column(file, fmt::format("{}/shares/{}", below, share));
        fits = fits && reduced.shares[share].samples == samples;
    }
    for (const std::string& what : names_in(file, below + "/isolated")) {
        reduced.isolated[what] = read_column(file, fmt::format("{}/isolated/{}", below, what));
    }
    const std::string excesses = below + "/excesses";
    for (const StragglerKind kind : all_straggler_kinds) {
        const std::string of_kind = fmt::format("{}/{}", excesses, name(kind));
        if (hdf5::exists(file, excesses) && hdf5::exists(file, of_kind)) {
            digest.excesses[kind] = read_excess(file, of_kind);
            fits = fits && digest.excesses[kind].middles_s.size() <= samples;
        }
    }
    if (!fits) {
        throw hdf5::Error(say("{} has datasets whose extents don't fit together", below));
    }
    return digest;
}

bool is_of_digest(const std::string& path)
{
    return path.find("/digest/") != std::string::npos || path.ends_with("/digest");
}

}  // namespace plumbline::layout
