// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/workloads/data_parallel.hpp"
#include "collectives/workloads/expert_parallel.hpp"
#include "collectives/workloads/pipeline.hpp"
#include "collectives/workloads/tensor_parallel.hpp"
#include "collectives/workloads/training_step.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace plumbline {

// A new workload: a row in collectives/patterns/pattern.cpp, and each function below for its spec.

/// This rank's steps.
Program program_of(const PipelineSpec& spec, int rank, int ranks);
Program program_of(const DataParallelSpec& spec, int rank, int ranks);
Program program_of(const TensorParallelSpec& spec, int rank, int ranks);
Program program_of(const DecodeSpec& spec, int rank, int ranks);
Program program_of(const ExpertParallelSpec& spec, int rank, int ranks);
Program program_of(const TrainingStepSpec& spec, int rank, int ranks);

/// Why it can't run on so many ranks, one sentence; empty when it can.
std::string why_impossible(const PipelineSpec& spec, int ranks);
std::string why_impossible(const DataParallelSpec& spec, int ranks);
std::string why_impossible(const TensorParallelSpec& spec, int ranks);
std::string why_impossible(const DecodeSpec& spec, int ranks);

/// Numbers that follow from what was asked, by name:
///   bubble_fraction    idle share of the step without communication
///   step_per_compute   that step / the compute of one rank
///   model_flops, hardware_flops   operations of a step on all ranks, without and with what is recomputed
///   peak_flops         of one rank in a second, where it was stated
///   tokens             that a step passes, on all ranks
///   skew_factor        most that a rank receives / the mean
using ClosedForms = std::map<std::string, double>;
ClosedForms closed_forms(const PipelineSpec& spec, int ranks);
ClosedForms closed_forms(const DataParallelSpec& spec, int ranks);
ClosedForms closed_forms(const TensorParallelSpec& spec, int ranks);
ClosedForms closed_forms(const DecodeSpec& spec, int ranks);
ClosedForms closed_forms(const ExpertParallelSpec& spec, int ranks);
/// `most_received` as TokenRouting takes it.
ClosedForms closed_forms(const ExpertParallelSpec& spec, int ranks, std::optional<std::uint64_t> most_received);
ClosedForms closed_forms(const TrainingStepSpec& spec, int ranks);

}  // namespace plumbline
