// SPDX-License-Identifier: Apache-2.0
#include "harness/sampling/workload_log.hpp"

#include "results/summaries/workload_summary.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>

namespace plumbline {

WorkloadLog::WorkloadLog(Communicator& members, PreparedCase& bound) : members_(members), bound_(bound)
{
    if (bound.workload() == nullptr) {
        return;
    }
    // A part that no rank of the case has is no share; what is neither is overhead.
    std::array<double, all_parts.size() + 1> used{};
    bool communicates = false;
    for (const Step& step : bound.program().steps) {
        // What only posts counts as overhead, and is communication all the same.
        const bool computes = step.kind == Step::Kind::compute;
        used[static_cast<std::size_t>(step.part)] = 1;
        communicates = communicates || !computes;
        if (step.kind == Step::Kind::begin_collective) {
            used.back() = 1;
        }
    }
    used.back() += communicates ? 2 : 0;
    members.allreduce_max_each(used);
    can_isolate_ = used[static_cast<std::size_t>(TimeCategory::compute)] > 0 && used.back() >= 2;
    const bool begins = used.back() == 1 || used.back() == 3;
    for (const TimeCategory part : all_parts) {
        const bool stored = part != TimeCategory::overhead && used[static_cast<std::size_t>(part)] > 0;
        if (part == TimeCategory::compute || stored) {
            shares_.push_back({.name = fmt::format("{}_s", name(part)), .part = part, .values = {}});
        }
    }
    if (begins) {
        shares_.push_back({.name = "in_flight_s", .part = std::nullopt, .values = {}});
    }
}

void WorkloadLog::reserve(std::size_t samples)
{
    for (Share& share : shares_) {
        share.values.reserve(samples);
    }
}

void WorkloadLog::add()
{
    if (shares_.empty()) {
        return;
    }
    const StepShares last = bound_.workload()->shares();
    for (Share& share : shares_) {
        share.values.push_back(share.part ? last.of(*share.part) : last.in_flight_s);
    }
}

void WorkloadLog::add_isolated(StepSubset subset, double seconds)
{
    if (subset == StepSubset::compute) {
        compute_alone_s_.push_back(bound_.workload()->shares().of(TimeCategory::compute));
    } else {
        communication_alone_s_.push_back(seconds);
    }
}

void WorkloadLog::begin_trace()
{
    bound_.workload()->trace_next();
}

void WorkloadLog::end_trace(std::size_t sample, double begin_s)
{
    const auto stamps = bound_.workload()->stamps();
    traced_ = TracedSample{.sample = sample, .begin_s = begin_s, .stamps = {stamps.begin(), stamps.end()}};
}

void WorkloadLog::collect(Round& round, const std::function<SampleMatrix(const std::vector<double>&)>& gather)
{
    for (const Share& share : shares_) {
        round.shares[share.name] = gather(share.values);
    }
    if (can_isolate_) {
        round.isolated["compute_s"] = gather(compute_alone_s_);
        round.isolated["communication_s"] = gather(communication_alone_s_);
    }
    round.critical_rank = find_critical_rank(round);
    if (!traced_) {
        return;
    }
    round.timeline = gather_timeline(members_, bound_.program(), *traced_);
    if (round.timeline && round.start_offset_s) {
        shift_to_common_start(*round.timeline, round.start_offset_s->row(traced_->sample));
    }
}

}  // namespace plumbline
