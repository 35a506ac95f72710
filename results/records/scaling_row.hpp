// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/operations/types.hpp"
#include "results/records/metric.hpp"
#include "results/statistics/statistics.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace plumbline {

/// One row of the scaling table.
struct ScalingRow {
    Metric metric = Metric::busbw_retention;
    int case_id = 0;
    int base_case_id = 0;
    std::string pattern;
    std::uint64_t bytes = 0;
    DataType dtype = DataType::float32;
    std::map<std::string, std::string> parameters;  ///< of the case
    int ranks = 0;
    int base_ranks = 0;
    double base_value = 0;  ///< absolute: s for time-based metrics, bytes/s for bandwidths
    std::string base_unit;  ///< "s" or "B/s"
    std::string held_fixed;
    double efficiency = 0;
    std::optional<Interval> interval;
    std::optional<double> speedup;  ///< linear speedup, weak_efficiency rows only
    bool across_fabrics = false;    ///< base on one node, this one on several
};

}  // namespace plumbline
