// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/records/case_summary.hpp"
#include "results/records/links.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace plumbline {

struct Soak;

/// The numbers of one run that judging needs. Functions may read the run file when they are called.
struct RunData {
    std::vector<CaseSummary> cases;
    double confidence = 0.95;
    /// observations() of the case.
    std::function<std::vector<double>(int case_id)> observations;
    /// slowest_seconds() of the case, one a sample.
    std::function<std::vector<double>(int case_id)> samples;
    /// bubble_observations() of the case (workloads).
    std::function<std::vector<double>(int case_id)> bubble_observations;
    /// overlap_observations() of the case (workloads that overlap).
    std::function<std::vector<double>(int case_id)> overlap_observations;
    /// Node of each rank of the case, in the case's order. No function: not known.
    std::function<std::vector<int>(int case_id)> nodes_of_ranks;
    /// Wall-clock seconds of all rounds of the case. No function: not known.
    std::function<double(int case_id)> seconds_spent;
    /// How ranks of the case share cores, see describe_sharing(). No function: they don't.
    std::function<std::optional<std::string>(int case_id)> core_sharing;
    std::shared_ptr<const Soak> soak;  ///< null: this is no soak
    std::optional<Links> links;        ///< as stated in the scenario
    bool complete = true;              ///< false: the run stopped before its plan was done, so cases may be missing
    bool resumed = false;              ///< the run was interrupted and resumed
    bool fake_library = false;         ///< measured on a fake library: nothing is PASS or FAIL
};

}  // namespace plumbline
