// SPDX-License-Identifier: Apache-2.0
#include "harness/endure/fault_schedule.hpp"

#include "collectives/util/hash.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace plumbline::endure {

namespace {

/// Numbers of one random entry: draw `what` of its fault `index`.
std::uint64_t drawn(const SoakFault& fault, std::uint64_t index, std::uint64_t what)
{
    constexpr std::uint64_t draws = 4;
    return hashed(fault.seed, index * draws + what);
}

/// Exponentially distributed with mean 1.
double exponential(std::uint64_t bits)
{
    constexpr double scale = 0x1.0p-53;
    return -std::log1p(-static_cast<double>(bits >> 11U) * scale);
}

}  // namespace

bool interrupts(SoakFaultKind kind)
{
    return kind != SoakFaultKind::slow && kind != SoakFaultKind::slow_load;
}

bool needs_checkpoint(SoakFaultKind kind)
{
    return kind == SoakFaultKind::corrupt || kind == SoakFaultKind::missing;
}

FaultSchedule::FaultSchedule(std::vector<SoakFault> faults, const std::map<std::string, std::uint64_t>& done,
                             double now_s)
{
    for (SoakFault& fault : faults) {
        const auto known = done.find(fmt::format("{}", entries_.size()));
        entries_.push_back(
            {.fault = std::move(fault), .done = known == done.end() ? 0 : known->second, .last_s = now_s});
    }
}

std::optional<double> FaultSchedule::due_s(const Entry& entry)
{
    const SoakFault& fault = entry.fault;
    if (fault.kind == SoakFaultKind::slow_load) {
        return std::nullopt;
    }
    if (fault.kind != SoakFaultKind::random) {
        return entry.done == 0 ? std::optional(fault.at_s) : std::nullopt;
    }
    if (fault.times > 0 && entry.done >= static_cast<std::uint64_t>(fault.times)) {
        return std::nullopt;
    }
    return entry.last_s + fault.every_s * exponential(drawn(fault, entry.done, 0));
}

std::optional<double> FaultSchedule::next_s() const
{
    std::optional<double> next;
    for (const Entry& entry : entries_) {
        if (const auto due = due_s(entry); due && (!next || *due < *next)) {
            next = due;
        }
    }
    return next;
}

std::optional<std::size_t> FaultSchedule::first_due(double now_s) const
{
    const auto next = next_s();
    if (!next || *next > now_s) {
        return std::nullopt;
    }
    const auto entry = std::ranges::find_if(entries_, [&](const Entry& e) { return due_s(e) == next; });
    return static_cast<std::size_t>(entry - entries_.begin());
}

std::optional<DueFault> FaultSchedule::next_due(double now_s, int ranks) const
{
    const auto index = first_due(now_s);
    if (!index) {
        return std::nullopt;
    }
    const Entry& entry = entries_[*index];
    const SoakFault& fault = entry.fault;
    DueFault due{.kind = fault.kind,
                 .rank = fault.rank.value_or(0),
                 .node = fault.node,
                 .for_s = fault.for_s,
                 .delay_s = fault.delay_s,
                 .network_namespace = fault.network_namespace,
                 .device = fault.device,
                 .entry = fmt::format("{}", *index)};
    if (fault.kind == SoakFaultKind::random) {
        due.kind = fault.of[drawn(fault, entry.done, 1) % fault.of.size()];
        due.rank = static_cast<int>(drawn(fault, entry.done, 2) % static_cast<std::uint64_t>(std::max(ranks, 1)));
    }
    return due;
}

std::optional<DueFault> FaultSchedule::take(double now_s, int ranks)
{
    auto due = next_due(now_s, ranks);
    if (due) {
        Entry& entry = entries_[*first_due(now_s)];
        entry.last_s = entry.fault.kind == SoakFaultKind::random ? now_s : entry.last_s;
        ++entry.done;
    }
    return due;
}

double FaultSchedule::load_s() const
{
    double longest = 0;
    for (const Entry& entry : entries_) {
        longest = std::max(longest, entry.fault.kind == SoakFaultKind::slow_load ? entry.fault.delay_s : 0);
    }
    return longest;
}

int FaultSchedule::highest_rank() const
{
    int highest = -1;
    for (const Entry& entry : entries_) {
        highest = std::max(highest, entry.fault.rank.value_or(-1));
    }
    return highest;
}

}  // namespace plumbline::endure
