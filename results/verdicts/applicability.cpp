// SPDX-License-Identifier: Apache-2.0
#include "results/verdicts/applicability.hpp"

#include "collectives/api/compute.hpp"
#include "collectives/operations/types.hpp"
#include "collectives/patterns/pattern.hpp"
#include "results/records/case_header.hpp"
#include "results/records/identity_parameters.hpp"
#include "results/statistics/statistics.hpp"
#include "results/texts/language.hpp"
#include "results/verdicts/base_ratio.hpp"

#include <fmt/format.h>

#include <string_view>

namespace plumbline {
namespace {

bool made_of_step_times(Metric metric)
{
    return metric == Metric::weak_efficiency || metric == Metric::linear_speedup ||
           metric == Metric::strong_efficiency || metric == Metric::karp_flatt;
}

}  // namespace

std::optional<Sentence> not_of_pattern_reason(Metric metric, const std::string& pattern_name)
{
    const PatternInfo& pattern = pattern_info(pattern_name);
    const Sentence metric_name = word(info(metric).name);
    const bool has_no_step = pattern.collective || pattern.probe || pattern.kind == PatternKind::imported;
    if (has_no_step && made_of_step_times(metric)) {
        return say("{} applies to a training step, not to {}. Use {}", metric_name, pattern_name,
                   pattern.has_bandwidth ? "busbw_retention" : "time");
    }
    if (has_no_step && (metric == Metric::bubble_fraction || metric == Metric::overlap_fraction)) {
        return say("{} applies to a workload, not to {}", metric_name, pattern_name);
    }
    if (metric == Metric::mfu && !pattern.has_model_flops) {
        return say("mfu applies to training_step, not to {}", pattern_name);
    }
    const bool of_bytes = made_of_busbw(metric) || metric == Metric::algbw;
    // Of a barrier busbw has no number, but a reason why not.
    const bool has_busbw = pattern.has_bandwidth || pattern.collective;
    if ((of_bytes && !has_busbw) || (made_of_link_rates(metric) && !pattern.collective)) {
        return say("{} applies to a collective, not to {}. Use {}", metric_name, pattern_name,
                   pattern.probe ? "time" : "weak_efficiency or time");
    }
    const bool of_congestion = metric == Metric::congestion_impact || metric == Metric::congestion_impact_p99;
    if (of_congestion && pattern.probe != NetworkProbe::congestion) {
        return say("{} applies to congestion, not to {}", metric_name, pattern_name);
    }
    return std::nullopt;
}

std::optional<Sentence> not_applicable_reason(Metric metric, const CaseIdentity& what)
{
    if (auto why = not_of_pattern_reason(metric, what.pattern)) {
        return why;
    }
    if (metric == Metric::mfu) {
        const std::string stands_in =
            text_parameter(what, "compute_kind").value_or(std::string(name(ComputeKind::spin)));
        if (stands_in != name(ComputeKind::gemm)) {
            return say(
                "mfu is of computation, which compute_kind {} doesn't do: it takes the seconds that compute_flops "
                "states. "
                "Use compute_kind: gemm (on hosts with dtype: float32)",
                stands_in);
        }
    }
    const bool of_fixed_work = metric == Metric::weak_efficiency || metric == Metric::linear_speedup;
    if (of_fixed_work && has_fixed_total(what)) {
        return say(
            "{} needs fixed work per rank (global_batch holds the total fixed). Use strong_efficiency, or "
            "batch_per_replica",
            word(info(metric).name));
    }
    if (metric == Metric::strong_efficiency && !has_fixed_total(what)) {
        return say(
            "strong_efficiency needs fixed total work (in {} the work per rank is fixed). "
            "Use weak_efficiency",
            what.pattern);
    }
    return std::nullopt;
}

bool made_of_busbw(Metric metric)
{
    return metric == Metric::busbw || metric == Metric::busbw_retention;
}

bool made_of_link_rates(Metric metric)
{
    return metric == Metric::fraction_of_ideal || metric == Metric::fraction_of_attainable;
}

std::optional<Sentence> missing_value_reason(Metric metric, const CaseSummary& c)
{
    const CaseIdentity& what = c.header.what;
    if (c.header.status != CaseStatus::measured) {
        return c.header.status == CaseStatus::failed
                   ? say("the case on {} failed: {}", ranks_said(what.ranks), reason(c.header))
                   : say("the case on {} was skipped: {}", ranks_said(what.ranks), reason(c.header));
    }
    if (!c.median_s && c.header.reported) {
        return say("a log's value without samples (it has no interval). Judge point values with --allow-point-values");
    }
    if (!c.median_s) {
        return say("the case on {} has no timed samples", ranks_said(what.ranks));
    }
    if (metric == Metric::bubble_fraction && !c.bubble_fraction) {
        return say("the case has no compute times stored");
    }
    if (metric == Metric::overlap_fraction && !c.overlap_fraction) {
        return say("no collective overlaps with compute in this case");
    }
    if (metric == Metric::congestion_impact && !c.congestion_impact) {
        return say("no split has samples both alone and wholly beside aggressors (raise stop.max_seconds)");
    }
    if (metric == Metric::congestion_impact_p99 && !c.congestion_impact_p99) {
        return say(
            "no split has {} samples both alone and beside aggressors, which a 99th percentile takes (raise "
            "stop.max_samples and stop.max_seconds)",
            samples_for_percentile(0.99));
    }
    if (metric == Metric::time_p99 && !c.p99_s) {
        return say("a 99th percentile takes {} samples, and the case has {} (write stop.min_samples: {})",
                   samples_for_percentile(0.99), c.samples, samples_for_quantile_interval(0.99, c.confidence));
    }
    if (metric == Metric::mfu && !c.mfu) {
        return say(
            "mfu needs the key peak_flops of the case (what a rank could do at most in a second). Write for example "
            "peak_flops: 312e12");
    }
    if (metric == Metric::mfu && *c.mfu > 1) {
        return say(
            "mfu comes out as {:.3g}, above 1: the peak_flops of the case is too low. Write what a rank can do "
            "at most",
            *c.mfu);
    }
    if (metric == Metric::algbw && !c.algbw_bytes_per_s) {
        return say("algbw is undefined for {} (no bytes, or no time passed)", description(what));
    }
    if (made_of_busbw(metric) && !c.busbw_bytes_per_s) {
        return what.ranks < smallest_ranks(metric) ? say("busbw is undefined on {}", ranks_said(what.ranks))
                                                   : say("busbw is undefined for {}", description(what));
    }
    if (info(metric).relative && !scaling_value(metric, c)) {
        return say("the case on {} took no time that the clock could see", ranks_said(what.ranks));
    }
    return std::nullopt;
}

std::optional<Sentence> shared_cores_reason(Metric metric, const CaseSummary& c, const RunData& run)
{
    const auto sharing = info(metric).efficiency && run.core_sharing ? run.core_sharing(c.header.id) : std::nullopt;
    if (!sharing) {
        return std::nullopt;
    }
    return say(
        "no {} can be claimed of the case on {}: {} and take turns there, so its time is the scheduler's. Launch on as "
        "many cores as ranks",
        word(info(metric).name), ranks_said(c.header.what.ranks), recognised(*sharing));
}

std::optional<Sentence> not_judged_reason(Metric metric, const CaseSummary& c, const RunData& run)
{
    if (auto why = not_applicable_reason(metric, c.header.what)) {
        return why;
    }
    if (auto why = missing_value_reason(metric, c)) {
        return why;
    }
    return shared_cores_reason(metric, c, run);
}

}  // namespace plumbline
