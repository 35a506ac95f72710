#pragma once

#include "collectives/workloads/catalogue.hpp"
#include "results/records/case_identity.hpp"

namespace plumbline {

/// What makes a workload the measurement that it is, but for its scale. What has its usual value is left out, so that
/// files from before a key was there compare.
CaseIdentity identity_of(const PipelineSpec& spec);
CaseIdentity identity_of(const DataParallelSpec& spec);
CaseIdentity identity_of(const TensorParallelSpec& spec);
CaseIdentity identity_of(const DecodeSpec& spec);
CaseIdentity identity_of(const ExpertParallelSpec& spec);
CaseIdentity identity_of(const TrainingStepSpec& spec);

}  // namespace plumbline
