#include "results/records/record.hpp"

#include "collectives/operations/traffic.hpp"
#include "collectives/patterns/pattern.hpp"
#include "collectives/util/units.hpp"
#include "collectives/workloads/catalogue.hpp"
#include "collectives/workloads/executor.hpp"
#include "results/records/congestion.hpp"
#include "results/records/identity_parameters.hpp"
#include "results/records/repetition_statistics.hpp"
#include "results/records/workload_summary.hpp"
#include "results/statistics/stability.hpp"
#include "results/statistics/statistics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace plumbline {
namespace {

template <class E>
struct Named {
    E value;
    std::string_view name;
};

constexpr std::array placements{Named{Placement::compact, "compact"}, Named{Placement::spread, "spread"},
                                Named{Placement::random, "random"}};
constexpr std::array statuses{Named{CaseStatus::measured, "measured"}, Named{CaseStatus::skipped, "skipped"},
                              Named{CaseStatus::failed, "failed"}};
constexpr std::array stop_reasons{Named{StopReason::converged, "converged"}, Named{StopReason::budget, "budget"},
                                  Named{StopReason::cap, "cap"}};
constexpr std::array coverages{Named{Verification::verified, "verified"},
                               Named{Verification::not_verifiable, "not_verifiable"}, Named{Verification::off, "off"}};

template <class E, std::size_t N>
std::string_view name_in(const std::array<Named<E>, N>& table, E value)
{
    const auto row = std::find_if(table.begin(), table.end(), [&](const Named<E>& r) { return r.value == value; });
    return row == table.end() ? std::string_view{} : row->name;
}

template <class E, std::size_t N>
std::optional<E> parse_in(const std::array<Named<E>, N>& table, std::string_view text)
{
    const auto row = std::find_if(table.begin(), table.end(), [&](const Named<E>& r) { return r.name == text; });
    return row == table.end() ? std::nullopt : std::optional(row->value);
}

/// "4 ranks", "1 rank".
std::string pluralize(int count, std::string_view one, std::string_view many)
{
    return fmt::format("{} {}", count, count == 1 ? one : many);
}

std::string describe_scale(const CaseIdentity& what)
{
    std::string text = pluralize(what.ranks, "rank", "ranks");
    if (what.nodes > 1) {
        text += " on " + pluralize(what.nodes, "node", "nodes");
    }
    if (what.placement != Placement::compact) {
        text += fmt::format(", {} placement", name(what.placement));
    }
    if (what.subset > 0) {
        text += fmt::format(", subset {}", what.subset);
    }
    return text;
}

std::string describe_pipeline(const CaseIdentity& what)
{
    std::string text = what.pattern;
    if (const auto schedule = text_parameter(what, "schedule")) {
        text += " " + *schedule;
    }
    if (const auto microbatches = number_parameter<int>(what, "microbatches")) {
        text += " " + pluralize(*microbatches, "micro-batch", "micro-batches");
    }
    return text + ", " + format_bytes(what.bytes);
}

std::string describe_data_parallel(const CaseIdentity& what)
{
    std::string text = what.pattern;
    if (const auto compute = number_parameter<double>(what, "compute_s")) {
        text += " " + format_seconds(*compute) + " compute,";
    }
    return text + fmt::format(" {} {}", name(what.dtype), format_bytes(what.bytes));
}

std::string describe_training_step(const CaseIdentity& what)
{
    const auto words = [&](const std::string& key) { return text_parameter(what, key).value_or("?"); };
    const auto batch = text_parameter(what, "global_batch");
    return fmt::format("training_step {}, tensor {} x pipeline {}, {}, {}", words("model"), words("tensor"),
                       words("pipeline"), words("schedule"),
                       batch ? "batch " + *batch : "batch " + words("batch_per_replica") + " a replica");
}

std::string describe_parameters(const CaseIdentity& what)
{
    std::string text;
    for (const auto& [key, value] : what.parameters) {
        std::string words = key;
        std::replace(words.begin(), words.end(), '_', ' ');
        text += key == "pairs" ? fmt::format(", {} pairs", value) : fmt::format(", {} {}", words, value);
    }
    return text;
}

std::string describe_collective(const CaseIdentity& what, const CollectiveInfo& collective)
{
    std::string text = what.pattern;
    if (collective.size_rule != SizeRule::none) {
        text += fmt::format(" {}", name(what.dtype));
        if (collective.reduces) {
            text += fmt::format(" {}", name(what.op));
        }
        text += " " + format_bytes(what.bytes);
    }
    if (what.in_place) {
        text += " in place";
    }
    if (collective.rooted && what.root != 0) {
        text += fmt::format(", root {}", what.root);
    }
    return text + describe_parameters(what);
}

std::string describe_links(const CaseIdentity& what)
{
    std::string text = "links";
    if (text_parameter(what, "level")) {
        text += " of nodes";
    }
    text += " " + format_bytes(what.bytes);
    if (text_parameter(what, "traffic") == "both_ways") {
        text += ", both ways at once";
    }
    if (const auto peers = number_parameter<int>(what, "peers")) {
        const auto group = number_parameter<int>(what, "group_nodes");
        text += ", " + pluralize(*peers, "peer each", "peers each") +
                (group ? " in every group of " + pluralize(*group, "node", "nodes") : "");
    }
    return text;
}

std::string describe_congestion(const CaseIdentity& what)
{
    const auto words = [&](const std::string& key) { return text_parameter(what, key).value_or("?"); };
    const auto bytes = number_parameter<std::uint64_t>(what, "aggressor_bytes");
    const std::string aggressor = words("aggressor") == "none"
                                      ? "nothing"
                                      : fmt::format("{} {}", words("aggressor"), format_bytes(bytes.value_or(0)));
    return fmt::format("congestion: {} {} beside {}{}", words("victim"), format_bytes(what.bytes), aggressor,
                       text_parameter(what, "level") ? ", nodes shared" : "");
}

std::string describe_bisect(const CaseIdentity& what)
{
    std::string text = what.pattern + " " + format_bytes(what.bytes);
    if (const auto repetitions = number_parameter<int>(what, "repetitions")) {
        text += ", " + pluralize(*repetitions, "repetition", "repetitions");
    }
    return text;
}

std::string describe_plainly(const CaseIdentity& what)
{
    return what.pattern + " " + format_bytes(what.bytes) + describe_parameters(what);
}

std::string describe_workload(const CaseIdentity& what, WorkloadKind workload)
{
    switch (workload) {
        case WorkloadKind::pipeline:
            return describe_pipeline(what);
        case WorkloadKind::data_parallel:
            return describe_data_parallel(what);
        case WorkloadKind::training_step:
            return describe_training_step(what);
        case WorkloadKind::tensor_parallel:
        case WorkloadKind::decode:
        case WorkloadKind::expert_parallel:
            break;
    }
    return describe_plainly(what);
}

std::string describe_probe(const CaseIdentity& what, NetworkProbe probe)
{
    switch (probe) {
        case NetworkProbe::links:
            return describe_links(what);
        case NetworkProbe::congestion:
            return describe_congestion(what);
        case NetworkProbe::bisect:
            break;
    }
    return describe_bisect(what);
}

std::string describe_pattern(const CaseIdentity& what)
{
    const PatternInfo& pattern = pattern_info(what.pattern);
    if (pattern.collective) {
        return describe_collective(what, info(*pattern.collective));
    }
    if (pattern.workload) {
        return describe_workload(what, *pattern.workload);
    }
    return pattern.probe ? describe_probe(what, *pattern.probe) : describe_plainly(what);
}

TypicalSnapshot look_around_rounds(const CaseRecord& record)
{
    std::vector<const SnapshotPair*> probes;
    for (const Round& round : record.rounds) {
        probes.push_back(&round.machine);
    }
    return typical_look(probes);
}

void summarize_times(std::span<const double> times, const Observed& observed_times, CaseSummary& summary)
{
    summary.median_s = median(observed_times.values);
    if (!summary.median_s) {
        return;
    }
    summary.interval_over = observed_times.over;
    if (pattern_info(summary.header.what.pattern).one_population) {
        summary.unstable = name(find_instability(times));
    }
    summary.autocorrelation = lag1_autocorrelation(times);
    summary.half_ratio = half_ratio(times);
    const auto [least, most] = std::minmax_element(times.begin(), times.end());
    summary.min_s = *least;
    summary.max_s = *most;
    if (const auto interval = median_interval(observed_times.values, summary.confidence)) {
        summary.ci_low_s = interval->low;
        summary.ci_high_s = interval->high;
    }
    summary.p95_s = percentile(times, 0.95);
    summary.p99_s = percentile(times, 0.99);
    if (summary.header.what.ranks > 1) {  // one rank alone communicates nothing
        summary.algbw_bytes_per_s = algorithm_bandwidth(summary.header.total_bytes, *summary.median_s);
    }
    if (summary.algbw_bytes_per_s && summary.header.bus_factor) {
        summary.busbw_bytes_per_s = *summary.algbw_bytes_per_s * *summary.header.bus_factor;
    }
}

}  // namespace

std::string_view name(Placement placement)
{
    return name_in(placements, placement);
}
std::string_view name(CaseStatus status)
{
    return name_in(statuses, status);
}
std::string_view name(StopReason reason)
{
    return name_in(stop_reasons, reason);
}
std::string_view name(Verification verification)
{
    return name_in(coverages, verification);
}
std::optional<Placement> parse_placement(std::string_view text)
{
    return parse_in(placements, text);
}
std::optional<CaseStatus> parse_case_status(std::string_view text)
{
    return parse_in(statuses, text);
}
std::optional<StopReason> parse_stop_reason(std::string_view text)
{
    return parse_in(stop_reasons, text);
}
std::optional<Verification> parse_verification(std::string_view text)
{
    return parse_in(coverages, text);
}

std::optional<AlgorithmChoice> algorithm_of(const CaseIdentity& what)
{
    auto algorithm = text_parameter(what, "algorithm");
    const auto collective = parse_collective(what.pattern);
    if (!algorithm || !collective) {
        return std::nullopt;
    }
    return AlgorithmChoice{.collective = *collective, .name = *std::move(algorithm)};
}

std::string asked_start(const RunMetadata& info)
{
    return info.synchronisation.substr(0, info.synchronisation.find_first_of(" :,"));
}

std::string describe(const CaseIdentity& what)
{
    return describe_pattern(what) + ", " + describe_scale(what);
}

std::vector<double> slowest_seconds(const CaseRecord& record)
{
    return joined(record, timed_slowest);
}

std::vector<double> observations(const CaseRecord& record)
{
    return observed(record, timed_slowest).values;
}

std::vector<double> start_skews(const CaseRecord& record)
{
    std::vector<double> skews;
    for (const Round& round : record.rounds) {
        for (std::size_t i = 0; round.start_offset_s && i < round.start_offset_s->samples; ++i) {
            const auto row = round.start_offset_s->row(i);
            if (!is_warmup(round, i) && !row.empty()) {
                skews.push_back(*std::max_element(row.begin(), row.end()));
            }
        }
    }
    return skews;
}

CaseRecord in_one_state(CaseRecord record, std::span<const int> states, int common)
{
    const auto rounds_in = [&](int state) { return std::count(states.begin(), states.end(), state); };
    int chosen = common;
    if (rounds_in(common) == 0) {
        chosen = between_states;
        for (const int state : states) {
            const bool more = chosen == between_states || rounds_in(state) > rounds_in(chosen);
            chosen = state != between_states && more ? state : chosen;
        }
    }
    record.machine_state = record.rounds.empty() ? common : chosen;
    if (chosen == between_states) {
        return record;
    }
    std::vector<Round> kept;
    for (std::size_t i = 0; i < record.rounds.size(); ++i) {
        if (i >= states.size() || states[i] == chosen) {
            kept.push_back(std::move(record.rounds[i]));
        }
    }
    record.left_out = record.rounds.size() - kept.size();
    record.rounds = std::move(kept);
    return record;
}

CaseSummary with_point_value(CaseSummary row)
{
    if (row.median_s || !row.header.reported) {
        return row;
    }
    row.median_s = row.header.reported->time_s;
    row.algbw_bytes_per_s = algorithm_bandwidth(row.header.total_bytes, *row.median_s);
    if (row.algbw_bytes_per_s && row.header.bus_factor) {
        row.busbw_bytes_per_s = *row.algbw_bytes_per_s * *row.header.bus_factor;
    } else {
        row.algbw_bytes_per_s.reset();
    }
    return row;
}

CaseSummary summarize(const CaseRecord& record, double confidence)
{
    CaseSummary summary;
    summary.header = record.header;
    summary.header.world_ranks.clear();
    summary.confidence = confidence;
    summary.launches = static_cast<int>(launches_of(record).size());
    summary.rounds = static_cast<int>(record.rounds.size());
    summary.machine_state = record.machine_state;
    summary.rounds_left_out = record.left_out;
    const TypicalSnapshot look = look_around_rounds(record);
    summary.cache_line_latency_s = look.cache_line_latency_s;
    summary.l1_copy_s = look.l1_copy_s;
    const auto times = slowest_seconds(record);
    summary.samples = times.size();
    for (const Round& round : record.rounds) {
        for (std::size_t i = 0; i < sample_count(round); ++i) {
            summary.warmups += is_warmup(round, i) ? 1U : 0U;
        }
        for (std::size_t i = 0; i < round.late.size(); ++i) {
            summary.late += round.late[i] != 0 && !is_warmup(round, i) ? 1U : 0U;
        }
    }
    summary.median_start_skew_s = median(start_skews(record));
    if (record.header.status == CaseStatus::measured && !record.rounds.empty()) {
        summary.stop = name(record.rounds.back().stop);
        summarize_times(times, observed(record, timed_slowest), summary);
        summarize_workload(record, summary);
        if (pattern_info(record.header.what.pattern).probe == NetworkProbe::congestion) {
            summarize_congestion(record, summary);
        }
    }
    return summary;
}

}  // namespace plumbline
