// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/records/case_record.hpp"
#include "results/records/round.hpp"
#include "results/statistics/statistics.hpp"
#include "results/summaries/observations.hpp"

#include <algorithm>
#include <cstddef>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

/// What the summaries share: which samples of a round count, and what several rounds say together.
namespace plumbline {

inline bool is_warmup(const Round& round, std::size_t sample)
{
    return sample < round.warmup.size() && round.warmup[sample] != 0;
}

inline double slowest(const Round& round, std::size_t sample)
{
    const auto row = round.seconds.row(sample);
    return *std::max_element(row.begin(), row.end());
}

inline std::size_t sample_count(const Round& round)
{
    return round.seconds.ranks == 0 ? 0 : round.seconds.samples;
}

/// Slowest rank's time of each timed sample.
inline std::vector<double> timed_slowest(const Round& round)
{
    std::vector<double> times;
    for (std::size_t i = 0; i < sample_count(round); ++i) {
        if (!is_warmup(round, i)) {
            times.push_back(slowest(round, i));
        }
    }
    return times;
}

using ValuesOfRound = std::vector<double> (*)(const Round&);

inline std::vector<double> joined(const CaseRecord& record, ValuesOfRound values_of)
{
    std::vector<double> all;
    for (const Round& round : record.rounds) {
        const auto values = values_of(round);
        all.insert(all.end(), values.begin(), values.end());
    }
    return all;
}

/// Values with what each of them stands for: "samples", "rounds" or "launches".
struct Observed {
    std::vector<double> values;
    std::string_view over = "samples";
};

/// The launches that have rounds here, in their order.
inline std::set<int> launches_of(const CaseRecord& record)
{
    std::set<int> launches;
    for (const Round& round : record.rounds) {
        launches.insert(round.launch);
    }
    return launches;
}

/// Of the rounds of one launch alone.
inline Observed observed_in(const CaseRecord& record, int launch, ValuesOfRound values_of)
{
    std::vector<double> all;
    std::vector<double> medians;
    for (const Round& round : record.rounds) {
        const auto values = round.launch == launch ? values_of(round) : std::vector<double>{};
        all.insert(all.end(), values.begin(), values.end());
        if (const auto middle = median(values)) {
            medians.push_back(*middle);
        }
    }
    const bool many = medians.size() >= rounds_for_intervals;
    return {.values = many ? std::move(medians) : std::move(all), .over = many ? "rounds" : "samples"};
}

/// See observations().
inline Observed observed(const CaseRecord& record, ValuesOfRound values_of)
{
    const auto launches = launches_of(record);
    if (launches.size() == 1) {
        return observed_in(record, *launches.begin(), values_of);
    }
    Observed each{.values = {}, .over = "launches"};
    for (const int launch : launches) {
        if (const auto estimate = median(observed_in(record, launch, values_of).values)) {
            each.values.push_back(*estimate);
        }
    }
    return each;
}

}  // namespace plumbline
