// SPDX-License-Identifier: Apache-2.0
#include "results/verdicts/scaling.hpp"

#include <fmt/format.h>
#include "collectives/operations/types.hpp"
#include "collectives/patterns/pattern.hpp"
#include "results/records/case_identity.hpp"
#include "results/records/case_summary.hpp"
#include "results/records/metric.hpp"
#include "results/records/run_data.hpp"
#include "results/statistics/statistics.hpp"
#include "results/util/text.hpp"
#include "results/verdicts/applicability.hpp"
#include "results/verdicts/base_ratio.hpp"
#include "results/verdicts/verdict.hpp"

#include <algorithm>
#include <optional>

namespace plumbline {
namespace {

bool same_scale(const CaseSummary& a, const CaseSummary& b)
{
    return a.header.what.ranks == b.header.what.ranks;
}

ScalingRow row_of(Metric metric, const CaseSummary& base, const CaseSummary& scale, double confidence, CaseTimes& times)
{
    const bool is_base = same_scale(base, scale);
    const Value ratio = is_base ? Value{} : ratio_to_base(metric, base, scale, confidence, times);
    ScalingRow row;
    row.metric = metric;
    row.case_id = scale.header.id;
    row.base_case_id = base.header.id;
    row.pattern = scale.header.what.pattern;
    row.bytes = scale.header.what.bytes;
    row.dtype = scale.header.what.dtype;
    row.parameters = scale.header.what.parameters;
    row.ranks = scale.header.what.ranks;
    row.base_ranks = base.header.what.ranks;
    row.base_unit = metric == Metric::busbw_retention ? "B/s" : "s";
    row.held_fixed = info(metric).held_fixed;
    row.efficiency = ratio.estimate.value_or(1);
    row.interval = ratio.interval;
    if (metric == Metric::weak_efficiency) {
        row.speedup = row.efficiency * row.ranks / row.base_ranks;
    }
    row.across_fabrics = crosses_fabrics(base, scale);
    return row;
}

bool takes_turns(const CaseSummary& c, const RunData& run)
{
    return run.core_sharing && run.core_sharing(c.header.id);
}

bool has_other_scale(Metric metric, const CaseSummary& one, const RunData& run)
{
    return std::any_of(run.cases.begin(), run.cases.end(), [&](const CaseSummary& other) {
        return !same_scale(one, other) && other.header.what.ranks >= smallest_ranks(metric) &&
               same_but_scale(one.header.what, other.header.what) && scaling_value(metric, other) &&
               !takes_turns(other, run);
    });
}

}  // namespace

std::vector<ScalingRow> scaling_table(const RunData& run)
{
    CaseTimes times(run);
    std::vector<ScalingRow> rows;
    for (const CaseSummary& scale : run.cases) {
        const auto metric = scaling_metric(scale.header.what);
        if (algorithm_of(scale.header.what) || !metric || !scaling_value(*metric, scale) ||
            !has_other_scale(*metric, scale, run)) {
            continue;
        }
        const CaseSummary* base = find_base(*metric, scale, std::nullopt, run);
        const auto base_value = base == nullptr ? std::nullopt : scaling_value(*metric, *base);
        if (base_value && !takes_turns(*base, run) && !takes_turns(scale, run)) {
            rows.push_back(row_of(*metric, *base, scale, run.confidence, times));
            rows.back().base_value = *base_value;
        }
    }
    return rows;
}

}  // namespace plumbline
