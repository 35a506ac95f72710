#include "results/record.hpp"

#include "collectives/traffic.hpp"
#include "collectives/units.hpp"
#include "collectives/workload.hpp"
#include "results/stability.hpp"
#include "results/statistics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
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
constexpr std::array coverages{Named{Coverage::verified, "verified"}, Named{Coverage::not_verifiable, "not_verifiable"},
                               Named{Coverage::off, "off"}};

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
std::string counted(int count, std::string_view one, std::string_view many)
{
    return fmt::format("{} {}", count, count == 1 ? one : many);
}

std::optional<std::string> parameter(const CaseIdentity& what, const std::string& key)
{
    const auto found = what.parameters.find(key);
    return found == what.parameters.end() ? std::nullopt : std::optional(found->second);
}

template <class T>
std::optional<T> number_parameter(const CaseIdentity& what, const std::string& key)
{
    const auto text = parameter(what, key);
    T value{};
    if (!text) {
        return std::nullopt;
    }
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    return error == std::errc{} && end == text->data() + text->size() ? std::optional(value) : std::nullopt;
}

std::string describe_scale(const CaseIdentity& what)
{
    std::string text = counted(what.ranks, "rank", "ranks");
    if (what.nodes > 1) {
        text += " on " + counted(what.nodes, "node", "nodes");
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
    if (const auto schedule = parameter(what, "schedule")) {
        text += " " + *schedule;
    }
    if (const auto microbatches = number_parameter<int>(what, "microbatches")) {
        text += " " + counted(*microbatches, "micro-batch", "micro-batches");
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

std::string describe_pattern(const CaseIdentity& what)
{
    if (what.pattern == "pipeline") {
        return describe_pipeline(what);
    }
    if (what.pattern == "data_parallel") {
        return describe_data_parallel(what);
    }
    if (const auto collective = parse_collective(what.pattern)) {
        return describe_collective(what, info(*collective));
    }
    return what.pattern + " " + format_bytes(what.bytes) + describe_parameters(what);
}

bool is_warmup(const Round& round, std::size_t sample)
{
    return sample < round.warmup.size() && round.warmup[sample] != 0;
}

double slowest(const Round& round, std::size_t sample)
{
    const auto row = round.seconds.row(sample);
    return *std::max_element(row.begin(), row.end());
}

std::size_t sample_count(const Round& round)
{
    return round.seconds.ranks == 0 ? 0 : round.seconds.samples;
}

/// One timed execution of a workload.
struct StepSample {
    double slowest_s = 0;
    double mean_compute_s = 0;  ///< over the ranks
};

std::vector<StepSample> step_samples(const Round& round)
{
    std::vector<StepSample> steps;
    const auto found = round.shares.find("compute_s");
    if (found == round.shares.end()) {
        return steps;
    }
    const SampleMatrix& compute = found->second;
    for (std::size_t i = 0; i < std::min(sample_count(round), compute.samples); ++i) {
        if (is_warmup(round, i) || compute.ranks == 0) {
            continue;
        }
        double sum = 0;
        for (const double seconds : compute.row(i)) {
            sum += seconds;
        }
        steps.push_back({.slowest_s = slowest(round, i), .mean_compute_s = sum / static_cast<double>(compute.ranks)});
    }
    return steps;
}

std::vector<double> timed_slowest(const Round& round)
{
    std::vector<double> times;
    for (std::size_t i = 0; i < sample_count(round); ++i) {
        if (!is_warmup(round, i)) {
            times.push_back(slowest(round, i));
        }
    }
    return times;
}

std::vector<double> timed_bubble_fractions(const Round& round)
{
    std::vector<double> fractions;
    for (const StepSample& step : step_samples(round)) {
        if (step.slowest_s > 0) {
            fractions.push_back(1 - step.mean_compute_s / step.slowest_s);
        }
    }
    return fractions;
}

using ValuesOfRound = std::vector<double> (*)(const Round&);

std::vector<double> joined(const CaseRecord& record, ValuesOfRound values_of)
{
    std::vector<double> all;
    for (const Round& round : record.rounds) {
        const auto values = values_of(round);
        all.insert(all.end(), values.begin(), values.end());
    }
    return all;
}

std::vector<double> observed(const CaseRecord& record, ValuesOfRound values_of)
{
    std::vector<double> medians;
    for (const Round& round : record.rounds) {
        if (const auto middle = median(values_of(round))) {
            medians.push_back(*middle);
        }
    }
    return medians.size() >= rounds_for_intervals ? medians : joined(record, values_of);
}

/// Step time without any communication cost / compute of one rank: (m+p-1)/m in a pipeline, 1 where all ranks compute
/// at once; nothing for other patterns.
std::optional<double> ideal_step_per_compute(const CaseIdentity& what)
{
    if (what.pattern == "data_parallel") {
        return 1.0;
    }
    const auto microbatches = number_parameter<int>(what, "microbatches");
    if (what.pattern != "pipeline" || !microbatches || *microbatches < 1) {
        return std::nullopt;
    }
    return static_cast<double>(*microbatches + what.ranks - 1) / *microbatches;
}

std::optional<double> neighbour_seconds(const CaseRecord& record)
{
    std::vector<double> seconds;
    for (const Round& round : record.rounds) {
        for (const auto* hosts : {&round.machine.before_s, &round.machine.after_s}) {
            if (!hosts->empty()) {
                seconds.push_back(*std::max_element(hosts->begin(), hosts->end()));
            }
        }
    }
    return median(seconds);
}

std::optional<double> exposed_seconds(const CaseRecord& record)
{
    const auto ideal = ideal_step_per_compute(record.header.what);
    if (!ideal) {
        return std::nullopt;
    }
    std::vector<double> exposed;
    for (const Round& round : record.rounds) {
        for (const StepSample& step : step_samples(round)) {
            exposed.push_back(step.slowest_s - step.mean_compute_s * *ideal);
        }
    }
    return median(exposed);
}

void summarize_workload(const CaseRecord& record, CaseSummary& summary)
{
    summary.bubble_fraction = median(bubble_observations(record));
    summary.exposed_s = exposed_seconds(record);
    const CaseIdentity& what = record.header.what;
    const auto microbatches = number_parameter<int>(what, "microbatches");
    if (what.pattern == "pipeline" && microbatches && *microbatches >= 1) {
        summary.bubble_ideal = ideal_bubble_fraction(what.ranks, *microbatches);
    }
}

void summarize_times(std::span<const double> times, std::span<const double> observed_times, CaseSummary& summary)
{
    summary.median_s = median(observed_times);
    if (!summary.median_s) {
        return;
    }
    summary.interval_over = observed_times.size() == times.size() ? "samples" : "rounds";
    summary.unstable = name(find_instability(times));
    summary.autocorrelation = lag1_autocorrelation(times);
    summary.half_ratio = half_ratio(times);
    const auto [least, most] = std::minmax_element(times.begin(), times.end());
    summary.min_s = *least;
    summary.max_s = *most;
    if (const auto interval = median_interval(observed_times, summary.confidence)) {
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
std::string_view name(Coverage coverage)
{
    return name_in(coverages, coverage);
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
std::optional<Coverage> parse_coverage(std::string_view text)
{
    return parse_in(coverages, text);
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
    return observed(record, timed_slowest);
}

std::vector<double> bubble_observations(const CaseRecord& record)
{
    return observed(record, timed_bubble_fractions);
}

std::vector<double> bubble_fractions(const CaseRecord& record)
{
    return joined(record, timed_bubble_fractions);
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

CaseSummary summarize(const CaseRecord& record, double confidence)
{
    CaseSummary summary;
    summary.header = record.header;
    summary.header.world_ranks.clear();
    summary.confidence = confidence;
    summary.rounds = static_cast<int>(record.rounds.size());
    summary.machine_state = record.machine_state;
    summary.rounds_left_out = record.left_out;
    summary.neighbour_s = neighbour_seconds(record);
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
        summarize_times(times, observations(record), summary);
        summarize_workload(record, summary);
    }
    return summary;
}

}  // namespace plumbline
