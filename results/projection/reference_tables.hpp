#pragma once

#include "collectives/workloads/model_card.hpp"
#include "results/statistics/statistics.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace plumbline {

/// One row of a published table of training speeds.
struct PublishedRow {
    double batch = 0;  ///< sequences of a step
    int ranks = 0;
    double step_s = 0;
    std::optional<double> tokens_per_s;
    std::optional<double> mfu;
    std::optional<double> flops_per_s;  ///< of all ranks together
    bool operator==(const PublishedRow&) const = default;
};

/// A published table: reference values, never measurements.
struct PublishedSeries {
    std::string name;
    std::string source;
    ModelCard model;
    double peak_flops = 0;  ///< of one rank in a second
    double noise = 0.01;    ///< relative, of each time: what reading a table may be off
    std::vector<PublishedRow> rows;
};

/// Model FLOP/s utilisation of a row from its tokens a second, or its step time where they aren't given.
double published_mfu(const PublishedSeries& series, const PublishedRow& row);

/// A cell that contradicts others of its row.
struct InconsistentCell {
    std::size_t row = 0;
    std::string why;  ///< one sentence
};
/// Rows whose operations a second are not their MFU * peak * ranks, by more than 2 %. Pure.
std::vector<InconsistentCell> inconsistent_cells(const PublishedSeries& series);

/// The strong efficiency of one row against another, with both rows' noise: from the tokens a second, or the step times
/// where they aren't given.
struct PublishedEfficiency {
    double efficiency = 0;
    Interval interval;
};
/// Throws ConfigError for rows of different batch: their ratio is no speedup.
PublishedEfficiency published_efficiency(const PublishedSeries& series, const PublishedRow& base,
                                         const PublishedRow& row);

/// How many times as fast `ours` is as `theirs`.
struct PublishedRatio {
    int ranks = 0;
    double batch = 0;
    std::optional<double> mfu;  ///< of the MFU values as published
    double step = 0;            ///< of the step times
};
/// For each scale and batch that both have. Throws ConfigError for different models, or nothing in common.
std::vector<PublishedRatio> published_ratios(const PublishedSeries& ours, const PublishedSeries& theirs);

}  // namespace plumbline
