#pragma once

#include "scenarios/scenario.hpp"
#include "scenarios/yaml_reader.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

/// The sections of a scenario, each read from its place in the document. All throw ConfigError.
namespace plumbline {

/// `base` with what `field` says instead.
ScaleSpec read_scale(const Field& field, ScaleSpec base);
StopRule read_stop(const Field& field, StopRule base);
/// `scenario` gives what the case leaves out; matrix files are looked for in `folder`.
CaseEntry read_case(const Field& field, const Scenario& scenario, const std::filesystem::path& folder);
std::vector<Target> read_targets(const Field& field);
Links read_links(const Field& field);

inline constexpr std::array all_placements{Placement::compact, Placement::spread, Placement::random};
inline constexpr std::array all_reduce_ops{ReduceOp::sum, ReduceOp::max, ReduceOp::min};
inline constexpr std::array all_pair_layouts{PairLayout::adjacent, PairLayout::halves};
inline constexpr std::array all_skew_kinds{SkewKind::uniform, SkewKind::random, SkewKind::zipf, SkewKind::hot,
                                           SkewKind::matrix};
inline constexpr std::array all_pipeline_schedules{PipelineSchedule::gpipe, PipelineSchedule::one_f_one_b};

/// The value of `values` that `field` names.
template <class E, std::size_t N>
E pick(const Field& field, const std::array<E, N>& values)
{
    std::array<std::string_view, N> names{};
    std::transform(values.begin(), values.end(), names.begin(), [](E value) { return name(value); });
    return values[field.choice(names)];
}

DataType pick_data_type(const Field& field);

/// All pattern names: the collectives' in the order of their table, then "pipeline" and "data_parallel".
std::vector<std::string_view> pattern_names();

}  // namespace plumbline
