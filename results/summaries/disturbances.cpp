// SPDX-License-Identifier: Apache-2.0
#include "results/summaries/disturbances.hpp"

#include "results/records/device_readings.hpp"
#include "results/records/interference.hpp"
#include "results/records/round.hpp"
#include "results/summaries/summarize.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace plumbline {
namespace {

void add(std::vector<Disturbance>& found, Disturbance one)
{
    const auto known = std::ranges::find(found, one.kind, &Disturbance::kind);
    if (known == found.end()) {
        found.push_back(std::move(one));
    } else {
        ++known->rounds;
    }
}

/// Half width / median of the interval of one round; nothing where it is as narrow as asked for.
std::optional<double> wide_spread(const CaseHeader& header, const Round& round, double confidence)
{
    const CaseSummary row = summarize({header, {round}}, confidence);
    const bool asked = row.stop == name(StopReason::converged);
    if (asked || !row.median_s || *row.median_s <= 0 || !row.ci_low_s || !row.ci_high_s) {
        return std::nullopt;
    }
    return (*row.ci_high_s - *row.ci_low_s) / 2 / *row.median_s;
}

std::vector<std::string> names_of(std::span<const int> world_ranks, std::span<const std::string> names)
{
    std::vector<std::string> who;
    who.reserve(world_ranks.size());
    for (const int rank : world_ranks) {
        const auto at = static_cast<std::size_t>(rank);
        who.push_back(at < names.size() ? names[at] : fmt::format("rank {}", rank));
    }
    return who;
}

}  // namespace

std::vector<Disturbance> disturbances_of(const CaseRecord& record, double confidence,
                                         std::span<const std::string> ranks)
{
    std::vector<Disturbance> found;
    if (record.header.status != CaseStatus::measured) {
        return found;
    }
    const std::vector<std::string> who = names_of(record.header.world_ranks, ranks);
    for (const Round& round : record.rounds) {
        if (const auto spread = wide_spread(record.header, round, confidence)) {
            const Spread measured{.measured = *spread, .asked = {}};
            if (auto why = explain_by_devices(measured, round.devices, who)) {
                add(found, {record.header.id, DisturbanceKind::device, *std::move(why)});
            } else if (auto other = explain_spread(measured, round.interference, who)) {
                add(found, {record.header.id, DisturbanceKind::other_work, *std::move(other)});
            }
        }
        if (auto errors = describe_device_errors(round.devices, who)) {
            add(found, {record.header.id, DisturbanceKind::error, *std::move(errors)});
        }
    }
    return found;
}

Sentence disturbances_said(std::span<const Disturbance> found, std::size_t rounds)
{
    std::size_t by_work = 0;
    std::size_t by_devices = 0;
    for (const Disturbance& one : found) {
        by_work += one.kind == DisturbanceKind::other_work ? one.rounds : 0;
        by_devices += one.kind == DisturbanceKind::device ? one.rounds : 0;
    }
    if (by_work + by_devices == 0 || rounds == 0) {
        return {};
    }
    const Sentence why = by_devices == 0 ? say("other work on the cores")
                         : by_work == 0  ? say("throttled devices")
                                         : say("other work on the cores, and throttled devices");
    return say(
        "the machine was disturbed in {:.0f} % of rounds ({}), and their intervals are wider than asked. Repeat when "
        "it "
        "is idle",
        100 * static_cast<double>(by_work + by_devices) / static_cast<double>(rounds), why);
}

}  // namespace plumbline
