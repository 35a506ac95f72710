// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/records/case_summary.hpp"
#include "results/records/links.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace plumbline {

/// The numbers of one run as judging needs them, read lazily.
struct RunData {
    std::vector<CaseSummary> cases;
    double confidence = 0.95;
    /// observations() of the case; may read the file.
    std::function<std::vector<double>(int case_id)> observations;
    /// slowest_seconds() of the case: of each sample; may read the file.
    std::function<std::vector<double>(int case_id)> samples;
    /// bubble_observations() of the case (workloads).
    std::function<std::vector<double>(int case_id)> bubble_observations;
    /// overlap_observations() of the case (workloads that overlap).
    std::function<std::vector<double>(int case_id)> overlap_observations;
    /// Node of each rank of the case, in its order; may read the file. Empty: not known.
    std::function<std::vector<int>(int case_id)> nodes_of_ranks;
    /// Wall-clock seconds that the case took, all rounds together; may read the file. Empty: not known.
    std::function<double(int case_id)> seconds_spent;
    /// How ranks of the case take turns on cores, see describe_sharing(); may read the file. Empty: they don't.
    std::function<std::optional<std::string>(int case_id)> core_sharing;
    std::optional<Links> links;  ///< as stated in the scenario
    bool complete = true;        ///< false: the run stopped before its plan was done, so cases may be missing
    bool resumed = false;        ///< it was interrupted before and went on
    bool stand_in = false;       ///< the library only stood in for the real one: nothing is PASS or FAIL
};

}  // namespace plumbline
