// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/patterns/pattern.hpp"
#include "results/projection/published_endurance.hpp"
#include "results/projection/reference_tables.hpp"
#include "scenarios/model/input_files.hpp"
#include "scenarios/model/scenario.hpp"
#include "scenarios/yaml/reader.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The sections of a scenario, each read from its place in the document. All throw ConfigError.
namespace plumbline {

/// The text of a file; of one that is too long a byte more than parse_yaml() accepts. Throws ConfigError.
std::string read_yaml_file(const std::filesystem::path& path);
/// `base` with what `field` says instead.
ScaleSpec read_scale(const Field& field, ScaleSpec base);
StoppingCriterion read_stop(const Field& field, StoppingCriterion base);
/// `scenario` gives what the case leaves out; what it refers to comes from `files`.
CaseEntry read_case(const Field& field, const Scenario& scenario, InputFiles& files);
std::vector<Target> read_targets(const Field& field);
Links read_links(const Field& field);
/// The up-links of so many successive nodes.
LeafRate read_leaf(const Field& field);
/// A list of sizes or a range of them.
std::vector<std::uint64_t> read_sizes(const Field& field);
PairwiseSpec read_links_case(const Field& field);
BisectionSpec read_bisect_case(const Field& field);
CongestionSpec read_congestion_case(const Field& field);
/// The simulated cluster: `scenario.simulated_ranks` and `scenario.cluster`.
void read_simulation(const Field& field, Scenario& scenario);
/// What is planted in the simulated cluster; its ranks and nodes are known.
void read_faults(const Field& field, Scenario& scenario);

inline constexpr std::array all_placements{Placement::compact, Placement::spread, Placement::random};
inline constexpr std::array all_reduce_ops{ReduceOp::sum, ReduceOp::max, ReduceOp::min};
inline constexpr std::array all_pair_layouts{PairLayout::adjacent, PairLayout::halves};
inline constexpr std::array all_skew_kinds{SkewKind::uniform, SkewKind::random, SkewKind::zipf, SkewKind::hot,
                                           SkewKind::matrix};

/// The value of `values` that `field` names.
template <class E, std::size_t N>
E pick(const Field& field, const std::array<E, N>& values)
{
    std::array<std::string_view, N> names{};
    std::transform(values.begin(), values.end(), names.begin(), [](E value) { return name(value); });
    return values[field.choice(names)];
}

/// The values of an axis; one that stands twice would give two cases that nothing tells apart.
template <class Read>
auto read_axis(const Field& field, Read read)
{
    std::vector<decltype(read(field))> values;
    for (const Field& item : field.one_or_more()) {
        const auto value = read(item);
        if (std::find(values.begin(), values.end(), value) != values.end()) {
            item.reject("it is listed twice", "Remove one");
        }
        values.push_back(value);
    }
    return values;
}

DataType pick_data_type(const Field& field);

/// The workload as `field` describes it; what it refers to comes from `files`.
Pattern read_workload(WorkloadKind workload, const Field& field, InputFiles& files);
/// A model by its name, or as a map.
ModelCard read_model(const Field& field);
/// The table under `published:`, without its name.
PublishedSeries read_published(const Field& field);
/// What is under `endurance:`, without its name.
PublishedEndurance read_published_endurance(const Field& field);
/// What workloads take as keys of a case.
std::span<const std::string_view> workload_keys();

/// Of all_patterns(), in that order.
std::vector<std::string_view> pattern_names();

}  // namespace plumbline
