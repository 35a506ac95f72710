// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/util/sentence.hpp"
#include "results/records/case_identity.hpp"
#include "results/records/identity_parameters.hpp"

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

/// The value that another suite's log reports of a case in place of samples.
struct ImportedValue {
    double time_s = 0;
    std::string estimator;  ///< what `time_s` is: "mean of the repetitions, slowest rank (t_max)"
    // The "= {}" lets designated initialisers leave a member out (g++ warns).
    // NOLINTBEGIN(readability-redundant-member-init)
    std::optional<int> iterations = {};
    /// Executions that were enqueued together and waited for once; 1: each by itself. Nothing: nobody said.
    std::optional<int> chain = {};
    std::optional<double> fastest_rank_s = {}, slowest_rank_s = {};
    // NOLINTEND(readability-redundant-member-init)
    bool operator==(const ImportedValue&) const = default;
};

struct CaseHeader;
/// What is between two time stamps; nothing of a log that doesn't say it.
std::optional<TimingRegime> timing_regime(const CaseHeader& header);

/// What is known of a case besides its samples. All rounds of the case share it.
struct CaseHeader {
    int id = 0;  ///< 0-based position in the plan, in the order as written
    CaseIdentity what;
    CaseStatus status = CaseStatus::measured;
    Sentence why;                   ///< one sentence when skipped or failed
    std::vector<int> world_ranks;   ///< world rank of each column of the samples
    std::uint64_t total_bytes = 0;  ///< S of the call that was made; 0 where the pattern has none
    std::optional<double> bus_factor;
    /// Workloads: numbers that follow from the case's parameters, see ClosedForms.
    std::map<std::string, double> closed_forms;
    Verification verification = Verification::off;
    std::string verification_note;
    /// Where data was wrong: elements of all ranks together, as far as they were looked at; nothing: not counted.
    std::optional<double> wrong_elements = {};  // NOLINT(readability-redundant-member-init)
    /// Point to point: share of the pairs whose two ranks are on different nodes. Nothing elsewhere, and where it isn't
    /// known, as in files from before.
    std::optional<double> pairs_across_nodes = {};  // NOLINT(readability-redundant-member-init)
    std::optional<ImportedValue> reported;          ///< only of imported cases, which have no samples

    bool operator==(const CaseHeader&) const = default;
};

/// `why` as a sentence: in all languages where the catalogue knows it, else as it is.
Sentence reason(const CaseHeader& header);

/// First words of `why` of a case whose data was wrong, by plumbline's own checks or by another suite's.
inline constexpr std::string_view wrong_data = "wrong data";

/// Whether the case failed because its data was wrong. No target outweighs this failure. Pure.
bool has_wrong_data(const CaseHeader& header);

}  // namespace plumbline
