// SPDX-License-Identifier: Apache-2.0
#include "results/summaries/workload_summary.hpp"

#include "collectives/patterns/pattern.hpp"
#include "collectives/workloads/model_card.hpp"
#include "collectives/workloads/pipeline.hpp"
#include "results/records/case_record.hpp"
#include "results/records/case_summary.hpp"
#include "results/records/identity_parameters.hpp"
#include "results/statistics/statistics.hpp"
#include "results/summaries/repetition_statistics.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <string>
#include <string_view>

namespace plumbline {
namespace {

constexpr std::array<std::string_view, 4> blocked_shares{"tensor_s", "pipeline_s", "data_s", "expert_s"};

double mean_or_zero(std::span<const double> values)
{
    return values.empty() ? 0 : std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// Means over the ranks of each timed sample's share; empty where the round has no such share.
std::vector<double> timed_means(const Round& round, const std::string& share)
{
    std::vector<double> means;
    const auto found = round.shares.find(share);
    for (std::size_t i = 0; found != round.shares.end() && i < found->second.samples; ++i) {
        if (!is_warmup(round, i)) {
            means.push_back(mean_or_zero(found->second.row(i)));
        }
    }
    return means;
}

std::vector<double> timed_bubble_fractions(const Round& round)
{
    const auto times = timed_slowest(round);
    const auto compute = timed_means(round, "compute_s");
    std::vector<double> fractions;
    for (std::size_t i = 0; i < std::min(times.size(), compute.size()); ++i) {
        if (times[i] > 0) {
            fractions.push_back(1 - compute[i] / times[i]);
        }
    }
    return fractions;
}

/// Median over the isolated executions of the mean over the ranks; nothing where there are none, or it is 0.
std::optional<double> isolated_seconds(const Round& round, const std::string& what)
{
    const auto found = round.isolated.find(what);
    std::vector<double> means;
    for (std::size_t i = 0; found != round.isolated.end() && i < found->second.samples; ++i) {
        means.push_back(mean_or_zero(found->second.row(i)));
    }
    const auto middle = median(means);
    return middle && *middle > 0 ? middle : std::nullopt;
}

/// `share` of each timed sample / what it takes alone.
std::vector<double> slowdowns(const Round& round, const std::string& share, const std::string& alone)
{
    const auto alone_s = isolated_seconds(round, alone);
    std::vector<double> ratios = alone_s ? timed_means(round, share) : std::vector<double>{};
    for (double& ratio : ratios) {
        ratio /= *alone_s;
    }
    return ratios;
}

/// A pipeline's ranks also wait for each other's compute, which is no communication that could be hidden.
bool overlaps(const Round& round)
{
    return round.shares.contains("in_flight_s") && !round.shares.contains("pipeline_s");
}

std::vector<double> timed_overlaps(const Round& round)
{
    const auto alone_s = isolated_seconds(round, "communication_s");
    std::vector<double> fractions;
    if (!alone_s || !overlaps(round)) {
        return fractions;
    }
    for (const std::string_view share : blocked_shares) {
        const auto blocked = timed_means(round, std::string(share));
        fractions.resize(std::max(fractions.size(), blocked.size()), 1.0);
        for (std::size_t i = 0; i < blocked.size(); ++i) {
            fractions[i] -= blocked[i] / *alone_s;
        }
    }
    return fractions;
}

std::vector<double> compute_slowdowns(const Round& round)
{
    return slowdowns(round, "compute_s", "compute_s");
}

std::vector<double> communication_slowdowns(const Round& round)
{
    return overlaps(round) ? slowdowns(round, "in_flight_s", "communication_s") : std::vector<double>{};
}

/// Whether some collectives of the program block beside those that are begun: time in flight has the latter alone, the
/// time of the communication alone has both.
bool blocks_too(const CaseRecord& record)
{
    const CaseIdentity& what = record.header.what;
    // Its all-gather of the parameters; data_parallel begins them.
    if (pattern_info(what.pattern).workload == WorkloadKind::training_step &&
        text_parameter(what, "sharding").value_or("none") != "none") {
        return true;
    }
    return std::any_of(record.rounds.begin(), record.rounds.end(), [](const Round& round) {
        return round.shares.contains("tensor_s") || round.shares.contains("expert_s");
    });
}

template <std::size_t which>
std::vector<double> blocked_fractions(const Round& round)
{
    const auto times = timed_slowest(round);
    auto fractions = timed_means(round, std::string(blocked_shares[which]));
    for (std::size_t i = 0; i < std::min(times.size(), fractions.size()); ++i) {
        fractions[i] = times[i] > 0 ? fractions[i] / times[i] : 0;
    }
    return fractions;
}

std::optional<double> number(const std::map<std::string, double>& numbers, const std::string& name)
{
    const auto found = numbers.find(name);
    return found == numbers.end() ? std::nullopt : std::optional(found->second);
}

/// Of a file from before closed forms were stored.
std::optional<int> stored_microbatches(const CaseIdentity& what)
{
    const auto stored = number_parameter<int>(what, "microbatches");
    return stored && *stored >= 1 ? stored : std::nullopt;
}

bool is_plain_pipeline(const CaseIdentity& what)
{
    const std::string schedule = text_parameter(what, "schedule").value_or("gpipe");
    return pattern_info(what.pattern).workload == WorkloadKind::pipeline && (schedule == "gpipe" || schedule == "1f1b");
}

std::optional<double> ideal_bubble(const CaseHeader& header)
{
    if (const auto stored = number(header.closed_forms, "bubble_fraction")) {
        return stored;
    }
    const auto microbatches = stored_microbatches(header.what);
    if (header.closed_forms.empty() && is_plain_pipeline(header.what) && microbatches) {
        return ideal_bubble_fraction(header.what.ranks, *microbatches);
    }
    return std::nullopt;
}

std::optional<double> exposed_seconds(const CaseRecord& record)
{
    const auto ideal = ideal_step_per_compute(record.header);
    std::vector<double> exposed;
    for (const Round& round : record.rounds) {
        const auto times = timed_slowest(round);
        const auto compute = timed_means(round, "compute_s");
        for (std::size_t i = 0; ideal && i < std::min(times.size(), compute.size()); ++i) {
            exposed.push_back(times[i] - compute[i] * *ideal);
        }
    }
    return median(exposed);
}

void summarize_throughput(const CaseHeader& header, CaseSummary& summary)
{
    if (!summary.median_s || *summary.median_s <= 0) {
        return;
    }
    const double seconds = *summary.median_s;
    if (const auto tokens = number(header.closed_forms, "tokens")) {
        summary.tokens_per_s = *tokens / seconds;
    }
    const auto peak = number(header.closed_forms, "peak_flops");
    const auto share_of_peak = [&](const char* name) {
        const auto flops = number(header.closed_forms, name);
        return flops && peak ? std::optional(utilisation(*flops, seconds, *peak, header.what.ranks)) : std::nullopt;
    };
    summary.mfu = share_of_peak("model_flops");
    summary.hfu = share_of_peak("hardware_flops");
}

}  // namespace

std::optional<double> ideal_step_per_compute(const CaseHeader& header)
{
    if (!header.closed_forms.empty()) {
        return number(header.closed_forms, "step_per_compute");
    }
    if (pattern_info(header.what.pattern).workload == WorkloadKind::data_parallel) {
        return 1.0;
    }
    const auto bubble = ideal_bubble(header);
    return bubble ? std::optional(1 / (1 - *bubble)) : std::nullopt;
}

void summarize_workload(const CaseRecord& record, CaseSummary& summary)
{
    summary.bubble_fraction = median(bubble_observations(record));
    summary.exposed_s = exposed_seconds(record);
    summary.bubble_ideal = ideal_bubble(record.header);
    summary.overlap_fraction = median(overlap_observations(record));
    summary.compute_slowdown = median(joined(record, compute_slowdowns));
    if (!blocks_too(record)) {
        summary.communication_slowdown = median(joined(record, communication_slowdowns));
    }
    summary.tensor_share = median(joined(record, blocked_fractions<0>));
    summary.pipeline_share = median(joined(record, blocked_fractions<1>));
    summary.data_share = median(joined(record, blocked_fractions<2>));
    summary.expert_share = median(joined(record, blocked_fractions<3>));
    summary.skew_factor = number(record.header.closed_forms, "skew_factor");
    for (const Round& round : record.rounds) {
        if (round.critical_rank) {
            summary.critical_rank = *round.critical_rank;
        }
    }
    summarize_throughput(record.header, summary);
}

std::vector<double> bubble_observations(const CaseRecord& record)
{
    return observed(record, timed_bubble_fractions).values;
}

std::vector<double> bubble_fractions(const CaseRecord& record)
{
    return joined(record, timed_bubble_fractions);
}

std::vector<double> overlap_observations(const CaseRecord& record)
{
    return observed(record, timed_overlaps).values;
}

std::optional<int> find_critical_rank(const Round& round)
{
    std::optional<int> critical;
    double longest_s = 0;
    bool waits = false;
    for (std::size_t rank = 0; rank < round.seconds.ranks; ++rank) {
        std::vector<double> busy_s;
        for (std::size_t i = 0; i < round.seconds.samples; ++i) {
            if (is_warmup(round, i)) {
                continue;
            }
            busy_s.push_back(round.seconds.row(i)[rank]);
            for (const std::string_view share : blocked_shares) {
                if (const auto found = round.shares.find(std::string(share)); found != round.shares.end()) {
                    busy_s.back() -= found->second.row(i)[rank];
                    waits = true;
                }
            }
        }
        const auto middle = median(busy_s);
        if (middle && *middle > longest_s) {
            longest_s = *middle;
            critical = static_cast<int>(rank);
        }
    }
    return waits ? critical : std::nullopt;
}

}  // namespace plumbline
