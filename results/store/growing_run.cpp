// SPDX-License-Identifier: Apache-2.0
#include "results/store/growing_run.hpp"

#include "results/summaries/core_sharing.hpp"
#include "results/summaries/observations.hpp"
#include "results/summaries/reduced_round.hpp"
#include "results/summaries/summarize.hpp"
#include "results/summaries/workload_summary.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

namespace plumbline {

using layout::RoundKey;

namespace {

/// Whether a case is of this status whatever another of its rounds came to: one that failed speaks for all, as its data
/// can't be trusted; then one that was skipped, as the case isn't whole.
bool outweighs(CaseStatus one, CaseStatus other)
{
    const auto weight = [](CaseStatus status) {
        return status == CaseStatus::failed ? 2 : status == CaseStatus::skipped ? 1 : 0;
    };
    return weight(one) > weight(other) || (one == other && one != CaseStatus::measured);
}

}  // namespace

void GrowingRun::adopt(const RunData& measured, std::set<RoundKey> rounds)
{
    for (const CaseSummary& summary : measured.cases) {
        cases_[summary.header.id] = summary;
    }
    rounds_ = std::move(rounds);
    scaling_ = make_scaling_ ? make_scaling_(measured) : std::vector<ScalingRow>{};
}

void GrowingRun::add(const CaseHeader& header, const RoundKey& key, std::optional<Round> reduced)
{
    rounds_.insert(key);
    if (reduced) {
        reduced_[key] = std::move(*reduced);
    }
    const auto known = due_.find(header.id);
    if (known == due_.end() || !outweighs(known->second.status, header.status)) {
        due_[header.id] = header;
    }
}

void GrowingRun::add(const CaseHeader& header)
{
    due_[header.id] = header;
}

void GrowingRun::note_machine(const RoundKey& key, const Round& round)
{
    if (!round.machine.empty()) {
        machine_[{round.started_unix_s, key}] = round.machine;
    }
}

void GrowingRun::refresh_states_of_adopted()
{
    refresh_states();
    due_.clear();
}

void GrowingRun::refresh()
{
    refresh_states();
    for (const auto& [id, header] : due_) {
        summarise_case(header);
    }
    refresh_scaling();
    due_.clear();
}

void GrowingRun::refresh_states()
{
    std::vector<SnapshotPair> in_order;
    state_rounds_.clear();
    for (const auto& [at, probe] : machine_) {
        state_rounds_.push_back(at.second);
        in_order.push_back(probe);
    }
    const int common_before = states_.common;
    states_ = find_states(in_order);
    std::map<RoundKey, int> now;
    for (std::size_t i = 0; i < state_rounds_.size(); ++i) {
        now[state_rounds_[i]] = states_.of_round[i];
    }
    for (const auto& [id, summary] : cases_) {
        const auto keys = rounds_of(id);
        const bool same =
            states_.common == common_before && std::all_of(keys.begin(), keys.end(), [&](const auto& key) {
                const auto before = state_of_.find(key);
                const auto after = now.find(key);
                return (before == state_of_.end() ? 0 : before->second) == (after == now.end() ? 0 : after->second);
            });
        if (!same) {
            due_.emplace(id, summary.header);
        }
    }
    state_of_ = std::move(now);
}

std::vector<int> GrowingRun::states_of(int id) const
{
    std::vector<int> labels;
    for (const RoundKey& key : rounds_of(id)) {
        const auto found = state_of_.find(key);
        labels.push_back(found == state_of_.end() ? 0 : found->second);
    }
    return labels;
}

std::vector<RoundKey> GrowingRun::rounds_of(int id) const
{
    return {rounds_.lower_bound({id, 0}), rounds_.lower_bound({id + 1, 0})};
}

const Round& GrowingRun::reduced_round(const RoundKey& key) const
{
    auto found = reduced_.find(key);
    if (found == reduced_.end()) {
        found = reduced_.emplace(key, stored_.reduced_round(key)).first;
    }
    return found->second;
}

CaseRecord GrowingRun::reduced_record(const CaseHeader& header) const
{
    CaseRecord record{.header = header, .rounds = {}};
    for (const RoundKey& key : rounds_of(header.id)) {
        record.rounds.push_back(reduced_round(key));
    }
    return in_one_state(std::move(record), states_of(header.id), states_.common);
}

void GrowingRun::summarise_case(CaseHeader header)
{
    const auto known = cases_.find(header.id);
    if (known != cases_.end() && outweighs(known->second.header.status, header.status)) {
        header = known->second.header;
    }
    CaseSummary summary = summarize(reduced_record(header), info.confidence);
    summary.header.world_ranks.clear();
    cases_[header.id] = std::move(summary);
}

/// Scaling compares only cases that are the same but for their scale: the others' rows stay as they are.
void GrowingRun::refresh_scaling()
{
    if (!make_scaling_ || due_.empty()) {
        return;
    }
    std::map<std::string, std::vector<int>> families;  // of the cases that are due
    for (const auto& [id, header] : due_) {
        families.try_emplace(family_key(header.what));
    }
    std::set<int> stale;
    for (const auto& [id, summary] : cases_) {
        if (const auto family = families.find(family_key(summary.header.what)); family != families.end()) {
            family->second.push_back(id);
            stale.insert(id);
        }
    }
    std::erase_if(scaling_, [&](const ScalingRow& row) { return stale.contains(row.case_id); });
    for (const auto& [key, ids] : families) {
        const auto fresh = make_scaling_(family_of(ids));
        scaling_.insert(scaling_.end(), fresh.begin(), fresh.end());
    }
    std::stable_sort(scaling_.begin(), scaling_.end(),
                     [](const ScalingRow& a, const ScalingRow& b) { return a.case_id < b.case_id; });
}

RunData GrowingRun::family_of(const std::vector<int>& ids) const
{
    RunData family;
    family.confidence = info.confidence;
    family.observations = [this](int id) { return observations(reduced_record(cases_.at(id).header)); };
    family.bubble_observations = [this](int id) { return bubble_observations(reduced_record(cases_.at(id).header)); };
    if (!info.simulated) {
        family.core_sharing = [this](int id) {
            return describe_sharing(info.places, [&] {
                const auto keys = rounds_of(id);
                return keys.empty() ? std::vector<int>{} : stored_.world_ranks(keys.front());
            });
        };
    }
    for (const int id : ids) {
        family.cases.push_back(cases_.at(id));
    }
    return family;
}

std::vector<CaseSummary> GrowingRun::rows() const
{
    std::vector<CaseSummary> list;
    list.reserve(cases_.size());
    for (const auto& [id, summary] : cases_) {
        list.push_back(summary);
    }
    return list;
}

}  // namespace plumbline
