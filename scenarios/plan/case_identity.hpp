// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/workloads/catalogue.hpp"
#include "results/records/case_identity.hpp"
#include "scenarios/model/scenario.hpp"

#include <vector>

/// From an entry of a scenario to its cases, and from the spec of a case to its identity, which alone is stored.
namespace plumbline {

/// An entry's cases but for their scales, in the order as written: its lists multiply, and each of them has one value
/// in the result (none where the entry has none).
std::vector<CollectiveSpec> single_cases(const CollectiveSpec& spec);
std::vector<PairwiseSpec> single_cases(const PairwiseSpec& spec);
std::vector<BisectionSpec> single_cases(const BisectionSpec& spec);
std::vector<CongestionSpec> single_cases(const CongestionSpec& spec);
/// A workload has no lists that multiply.
template <class Workload>
std::vector<Workload> single_cases(const Workload& spec)
{
    return {spec};
}

/// What makes a case the measurement that it is, but for its scale and algorithm; `spec` is one of single_cases(). What
/// has its usual value is left out, so that files from before a key was there compare. Nothing that has the spec reads
/// these texts back.
CaseIdentity identity_of(const CollectiveSpec& spec);
CaseIdentity identity_of(const PipelineSpec& spec);
CaseIdentity identity_of(const DataParallelSpec& spec);
CaseIdentity identity_of(const TensorParallelSpec& spec);
CaseIdentity identity_of(const DecodeSpec& spec);
CaseIdentity identity_of(const ExpertParallelSpec& spec);
CaseIdentity identity_of(const TrainingStepSpec& spec);
CaseIdentity identity_of(const PairwiseSpec& spec);
CaseIdentity identity_of(const BisectionSpec& spec);
CaseIdentity identity_of(const CongestionSpec& spec);

}  // namespace plumbline
