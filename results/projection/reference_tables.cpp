// SPDX-License-Identifier: Apache-2.0
#include "results/projection/reference_tables.hpp"

#include "collectives/util/error.hpp"

#include <fmt/format.h>

#include <cmath>

namespace plumbline {

double published_mfu(const PublishedSeries& series, const PublishedRow& row)
{
    const double tokens = row.batch * static_cast<double>(series.model.sequence);
    const double seconds = row.tokens_per_s ? tokens / *row.tokens_per_s : row.step_s;
    return utilisation(model_flops(series.model, row.batch), seconds, series.peak_flops, row.ranks);
}

std::vector<InconsistentCell> inconsistent_cells(const PublishedSeries& series)
{
    constexpr double tolerance = 0.02;
    std::vector<InconsistentCell> cells;
    for (std::size_t i = 0; i < series.rows.size(); ++i) {
        const PublishedRow& row = series.rows[i];
        if (!row.mfu || !row.flops_per_s) {
            continue;
        }
        const double peak = series.peak_flops * row.ranks;
        if (std::abs(*row.flops_per_s / (*row.mfu * peak) - 1) > tolerance) {
            cells.push_back(
                {i, fmt::format("{:.1f} PFLOP/s are {:.1f} % of the peak of {} ranks, but MFU is given as {:.1f} %",
                                *row.flops_per_s / 1e15, 100 * *row.flops_per_s / peak, row.ranks, 100 * *row.mfu)});
        }
    }
    return cells;
}

PublishedEfficiency published_efficiency(const PublishedSeries& series, const PublishedRow& base,
                                         const PublishedRow& row)
{
    if (base.batch != row.batch) {
        throw ConfigError(
            say("{}: {} ranks at batch {} against {} ranks at batch {} is not a speedup (the work differs). "
                "Compare rows of one "
                "batch",
                series.name, row.ranks, row.batch, base.ranks, base.batch));
    }
    PublishedEfficiency result;
    const double speedup =
        base.tokens_per_s && row.tokens_per_s ? *row.tokens_per_s / *base.tokens_per_s : base.step_s / row.step_s;
    result.efficiency = speedup / (static_cast<double>(row.ranks) / base.ranks);
    result.interval = {.low = result.efficiency * (1 - series.noise) / (1 + series.noise),
                       .high = result.efficiency * (1 + series.noise) / (1 - series.noise)};
    return result;
}

std::vector<PublishedRatio> published_ratios(const PublishedSeries& ours, const PublishedSeries& theirs)
{
    if (ours.model != theirs.model) {
        throw ConfigError(
            say("{} and {} are of different models (their steps do different work). Compare series "
                "of one model",
                ours.name, theirs.name));
    }
    std::vector<PublishedRatio> ratios;
    for (const PublishedRow& mine : ours.rows) {
        for (const PublishedRow& other : theirs.rows) {
            if (mine.ranks != other.ranks || mine.batch != other.batch) {
                continue;
            }
            PublishedRatio ratio{
                .ranks = mine.ranks, .batch = mine.batch, .mfu = {}, .step = other.step_s / mine.step_s};
            if (mine.mfu && other.mfu) {
                ratio.mfu = *mine.mfu / *other.mfu;
            }
            ratios.push_back(ratio);
        }
    }
    if (ratios.empty()) {
        throw ConfigError(
            say("{} and {} have no scale and batch in common (nothing can be compared). Choose other "
                "profiles",
                ours.name, theirs.name));
    }
    return ratios;
}

}  // namespace plumbline
