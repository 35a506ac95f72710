// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "scenarios/yaml/sections.hpp"

#include <string_view>
#include <vector>

/// What the readers of single workloads share. All throw ConfigError.
namespace plumbline {

inline constexpr int most_counted = 65536;  ///< of what is counted: layers, micro-batches, experts

/// Keys of a case of that workload; those that all cases have come on top.
void expect_workload_keys(const Field& field, WorkloadKind workload, std::vector<std::string_view> keys);

inline int count_of(const Field& field, int least = 1)
{
    return static_cast<int>(field.integer(least, most_counted));
}

/// `value` stays as it is where there is no such key.
template <class T, class Read>
void read_if(const Field& field, std::string_view key, T& value, Read read)
{
    if (const auto found = field.find(key)) {
        value = read(*found);
    }
}

inline double seconds_of(const Field& field)
{
    return field.positive_seconds();
}

/// Operations a second.
double rate_of(const Field& field);

inline constexpr auto counted = [](const Field& field) { return count_of(field); };
inline constexpr auto truth = [](const Field& field) { return field.boolean(); };

TrainingStepSpec read_training_step(const Field& field);

}  // namespace plumbline
