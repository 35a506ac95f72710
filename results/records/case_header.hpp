// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/records/case_identity.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline {

enum class CaseStatus : std::uint8_t { measured, skipped, failed };
enum class Verification : std::uint8_t { verified, not_verifiable, off };
std::string_view name(CaseStatus status);
std::string_view name(Verification verification);
std::optional<CaseStatus> parse_case_status(std::string_view text);
std::optional<Verification> parse_verification(std::string_view text);

/// What another suite's log says of a case, instead of samples.
struct ImportedValue {
    double time_s = 0;
    std::string estimator;  ///< of what over what: "mean of the repetitions, slowest rank (t_max)"
    // The "= {}" lets designated initialisers leave a member out (g++ warns).
    // NOLINTBEGIN(readability-redundant-member-init)
    std::optional<int> iterations = {};
    std::optional<double> fastest_rank_s = {}, slowest_rank_s = {};
    // NOLINTEND(readability-redundant-member-init)
    bool operator==(const ImportedValue&) const = default;
};

/// What is known of a case beside its samples; the same after each of its rounds.
struct CaseHeader {
    int id = 0;  ///< position in the plan: the order as written
    CaseIdentity what;
    CaseStatus status = CaseStatus::measured;
    std::string why;                ///< one sentence when skipped or failed
    std::vector<int> world_ranks;   ///< world rank of each column of the samples
    std::uint64_t total_bytes = 0;  ///< S of the call that was really made (0: no S)
    std::optional<double> bus_factor;
    /// Workloads: numbers that follow from what was asked, see ClosedForms.
    std::map<std::string, double> closed_forms;
    Verification verification = Verification::off;
    std::string verification_note;
    /// Point to point: share of the pairs whose two ranks are on different nodes. Nothing elsewhere, and where it isn't
    /// known, as in files from before.
    std::optional<double> pairs_across_nodes;
    std::optional<ImportedValue> reported;  ///< imported cases only, which have no samples

    bool operator==(const CaseHeader&) const = default;
};

/// How the sentence of a case that failed for its data begins, of plumbline's own checks and of another suite's.
inline constexpr std::string_view wrong_data = "wrong data";

/// Whether the case failed because its data was wrong: the one failure that no target can outweigh. Pure.
bool has_wrong_data(const CaseHeader& header);

}  // namespace plumbline
