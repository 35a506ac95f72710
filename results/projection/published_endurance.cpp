// SPDX-License-Identifier: Apache-2.0
#include "results/projection/published_endurance.hpp"

#include "results/statistics/failure_rates.hpp"

namespace plumbline {

namespace {

constexpr double seconds_of_day = 86'400;
constexpr double thousand = 1000;

std::optional<double> unplanned(const PublishedEndurance& published)
{
    return published.interruptions ? std::optional(*published.interruptions - published.planned.value_or(0))
                                   : std::nullopt;
}

std::optional<double> failures_per_s(const PublishedEndurance& published, const EnduranceFigure& figure)
{
    const auto nodes = figure.nodes ? figure.nodes : published.nodes;
    if (!nodes || !published.failures_per_1000_node_days) {
        return std::nullopt;
    }
    return *published.failures_per_1000_node_days / thousand * *nodes / seconds_of_day;
}

}  // namespace

std::string_view name(EnduranceFigureKind kind)
{
    constexpr std::array<std::string_view, 8> names{"mtbf",
                                                    "failures_per_1000_node_days",
                                                    "loss_per_interruption",
                                                    "mttf",
                                                    "effective_time_ratio",
                                                    "recovery_time",
                                                    "detection_time",
                                                    "recoveries"};
    return names.at(static_cast<std::size_t>(kind));
}

bool is_time(EnduranceFigureKind kind)
{
    return kind != EnduranceFigureKind::failures_per_1000_node_days &&
           kind != EnduranceFigureKind::effective_time_ratio && kind != EnduranceFigureKind::recoveries;
}

std::optional<double> recomputed(const PublishedEndurance& published, const EnduranceFigure& figure)
{
    switch (figure.kind) {
        case EnduranceFigureKind::mtbf:
            if (const auto failures = unplanned(published); failures && published.duration_s && *failures > 0) {
                return *published.duration_s / *failures;
            }
            break;
        case EnduranceFigureKind::failures_per_1000_node_days:
            if (const auto failures = unplanned(published); failures && published.duration_s && published.nodes) {
                return thousand * *failures / (*published.nodes * *published.duration_s / seconds_of_day);
            }
            break;
        case EnduranceFigureKind::loss_per_interruption:
            if (published.duration_s && published.interruptions && published.effective_time_ratio) {
                return (1 - *published.effective_time_ratio) * *published.duration_s / *published.interruptions;
            }
            break;
        case EnduranceFigureKind::mttf:
            if (const auto rate = failures_per_s(published, figure)) {
                return 1 / *rate;
            }
            break;
        case EnduranceFigureKind::effective_time_ratio:
            if (const auto rate = failures_per_s(published, figure);
                rate && published.restart_s && published.checkpoint_every_s && published.checkpoint_s) {
                return expected_effective_time({.failures_per_s = *rate,
                                                .restart_s = *published.restart_s,
                                                .checkpoint_every_s = *published.checkpoint_every_s,
                                                .checkpoint_s = *published.checkpoint_s});
            }
            break;
        case EnduranceFigureKind::recovery_time:
        case EnduranceFigureKind::detection_time:
        case EnduranceFigureKind::recoveries:
            break;
    }
    return std::nullopt;
}

}  // namespace plumbline
