// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/algorithm_selection.hpp"
#include "results/records/run_data.hpp"
#include "results/records/run_metadata.hpp"
#include "results/statistics/statistics.hpp"

#include "results/texts/language.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <optional>
#include <ostream>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace plumbline {

/// The fastest of a library's own algorithms beside the library's choice, of one case.
struct BestAlgorithm {
    int default_case = 0;
    Sentence at;            ///< describe() of it
    std::size_t tried = 0;  ///< algorithms that were measured
    int best_case = 0;      ///< of the smallest median
    std::string name;
    std::string setting;  ///< what makes it the library's choice; "" where the file doesn't say
    double default_s = 0;
    double best_s = 0;
    std::optional<double> default_busbw_bytes_per_s, best_busbw_bytes_per_s;
    double ratio = 1;                  ///< default_s / best_s
    std::optional<Interval> interval;  ///< of the ratio; it holds for all that were tried together (Bonferroni)
    bool faster = false;               ///< shown to be, among all comparisons of the file
    Sentence why;                      ///< when there is no interval
};

/// Less than this is no finding: each algorithm has a communicator of its own, which may lie better or worse in memory.
inline constexpr double least_gain = 1.04;

/// One row for each case by the library's choice that has some by its algorithms; those with the largest gain first.
/// `faster`: the whole interval lies above least_gain, at a chance of 1 - confidence shared among all comparisons of
/// the file. Pure but for the reads in `run`.
std::vector<BestAlgorithm> best_algorithms(const RunData& run, const RunMetadata& info);

/// The name of the fact that holds an algorithm's setting.
std::string setting_fact(const AlgorithmChoice& choice);

/// A sentence a row; nothing where there is none.
void algorithms_text(std::ostream& out, std::span<const BestAlgorithm> rows, Language language = Language::en);
nlohmann::ordered_json algorithms_json(std::span<const BestAlgorithm> rows);

}  // namespace plumbline
