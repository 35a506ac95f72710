#pragma once

#include "results/record.hpp"
#include "results/statistics.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

/// What results/record.cpp and results/workload_summary.cpp share.
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

/// See observations().
inline std::vector<double> observed(const CaseRecord& record, ValuesOfRound values_of)
{
    std::vector<double> medians;
    for (const Round& round : record.rounds) {
        if (const auto middle = median(values_of(round))) {
            medians.push_back(*middle);
        }
    }
    return medians.size() >= rounds_for_intervals ? medians : joined(record, values_of);
}

}  // namespace plumbline
