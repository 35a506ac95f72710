// SPDX-License-Identifier: Apache-2.0
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

/// A published table of reference values, which are never treated as measurements.
struct PublishedSeries {
    std::string name;
    std::string source;
    ModelCard model;
    double peak_flops = 0;  ///< per second, of one rank
    double noise = 0.01;    ///< relative error of each time, from rounding in the table
    std::vector<PublishedRow> rows;
};

/// Model FLOP/s utilisation of a row, from its tokens per second or, where these are missing, its step time.
double published_mfu(const PublishedSeries& series, const PublishedRow& row);

/// A cell that contradicts others of its row.
struct InconsistentCell {
    std::size_t row = 0;
    std::string why;  ///< one sentence
};
/// Rows whose FLOP/s differ from MFU * peak * ranks by more than 2 %. Pure.
std::vector<InconsistentCell> inconsistent_cells(const PublishedSeries& series);

/// The strong efficiency of one row relative to another, with both rows' noise: from the tokens per second or, where
/// these are missing, the step times.
struct PublishedEfficiency {
    double efficiency = 0;
    Interval interval;
};
/// Throws ConfigError for rows of different batch: their ratio is no speedup.
PublishedEfficiency published_efficiency(const PublishedSeries& series, const PublishedRow& base,
                                         const PublishedRow& row);

/// Speed of `ours` / speed of `theirs`.
struct PublishedRatio {
    int ranks = 0;
    double batch = 0;
    std::optional<double> mfu;  ///< of the MFU values as published
    double step = 0;            ///< of the step times
};
/// One ratio for each scale and batch that both have. Throws ConfigError for different models, or without a common row.
std::vector<PublishedRatio> published_ratios(const PublishedSeries& ours, const PublishedSeries& theirs);

}  // namespace plumbline
