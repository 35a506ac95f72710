// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/operations/types.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace plumbline {

/// What a pattern is made of.
enum class PatternKind : std::uint8_t {
    collective,      ///< one operation of all ranks
    point_to_point,  ///< messages between two ranks each
    workload,        ///< a step of training or inference, with something in place of its compute
    network_probe,   ///< many links in turn or at once, and no work that a step would be
    imported,        ///< of other suites' logs alone: plumbline doesn't measure it
    unknown,         ///< a name that no row has: of a file that a later version wrote
};

enum class WorkloadKind : std::uint8_t {
    pipeline,
    data_parallel,
    tensor_parallel,
    decode,
    expert_parallel,
    training_step,
};

enum class NetworkProbe : std::uint8_t { links, congestion, bisect };

/// What holds one case against the same at another scale.
enum class ScalingKind : std::uint8_t {
    retention,  ///< of its bus bandwidth
    weak,       ///< its time: each rank's work is fixed
    by_batch,   ///< its time: the work of each rank or of all ranks is fixed, as its parameters say
};

/// All that other folders ask about a pattern. Of `collective`, `workload` and `probe` exactly one is there, but for an
/// imported or an unknown pattern.
struct PatternInfo {
    std::string_view name;
    std::string_view title;  ///< as people say it, a row of the catalogues: "all-to-all"
    std::string_view summary;
    PatternKind kind = PatternKind::unknown;
    // The "= {}" lets designated initialisers leave them out.
    // NOLINTBEGIN(readability-redundant-member-init)
    std::optional<Collective> collective = {};  ///< also of point_to_point
    std::optional<WorkloadKind> workload = {};
    std::optional<NetworkProbe> probe = {};
    std::optional<ScalingKind> scaling = {};  ///< nothing: no row of the scaling table
    // NOLINTEND(readability-redundant-member-init)
    bool has_bandwidth = false;    ///< moves bytes by which its bandwidth can be compared
    bool one_population = true;    ///< its samples repeat one thing; else they are of different pairs, rings or splits
    bool even_traffic = false;     ///< every rank sends and gets the same, so that none may go before the last has come
    bool even_compute = false;     ///< every rank has the same compute to do
    int messages_at_once = 1;      ///< that a rank sends, of the bytes of an imported case
    bool has_model_flops = false;  ///< its operations can be counted, so that mfu has a meaning
};

/// Every pattern: operations in the order of their table, then workloads, network probes, and what is only imported.
std::span<const PatternInfo> all_patterns();

/// The row of that name; one of kind `unknown`, without a name, where there is none.
const PatternInfo& pattern_info(std::string_view name);

/// The pattern's name.
std::string_view name(WorkloadKind workload);
std::string_view name(NetworkProbe probe);

}  // namespace plumbline
