// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/records/case_identity.hpp"
#include "results/records/round.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace plumbline {

/// Why a rank is the last one. Each kind has a quantity of its own, from the samples of every rank.
enum class StragglerKind : std::uint8_t {
    arrives_late,    ///< it starts after the others (start_offset_s)
    computes_long,   ///< its compute takes longer in a workload whose ranks all compute the same (shares/compute_s)
    transfers_long,  ///< it ends a collective that treats all ranks alike late, counted from the last rank's start
};
inline constexpr std::array all_straggler_kinds{StragglerKind::arrives_late, StragglerKind::computes_long,
                                                StragglerKind::transfers_long};
std::string_view name(StragglerKind kind);  ///< "arrives_late", ...

/// [timed sample][rank] the quantity of a kind, in seconds; empty where the round doesn't have it. Pure.
std::vector<std::vector<double>> rank_quantities(StragglerKind kind, const CaseIdentity& what, const Round& round);

/// Each value - the median of the others; of at least two values. Pure.
std::vector<double> excesses(std::span<const double> values);

/// Whether the ranks' starts were compared on a shared clock.
bool has_starts(const Round& round);
/// Executions that a sample is the mean of.
double executions(const Round& round, std::size_t sample);

struct RankExcess {
    int rank = 0;  ///< of the case
    double excess_s = 0;
    bool operator==(const RankExcess&) const = default;
};

/// What one round says of a kind, without its matrices.
struct ExcessDigest {
    std::vector<double> middles_s;  ///< [timed sample] median of the quantity over the ranks
    /// The ranks whose excess, its median over the timed samples, is largest: all ranks or most_ranks, largest first,
    /// then by rank. No other rank's is above the last one.
    std::vector<RankExcess> largest;
    bool operator==(const ExcessDigest&) const = default;
    static constexpr std::size_t most_ranks = 64;
};

/// Nothing where the round doesn't have the quantity, or has no timed sample. Pure.
std::optional<ExcessDigest> excess_digest(StragglerKind kind, const CaseIdentity& what, const Round& round);

}  // namespace plumbline
