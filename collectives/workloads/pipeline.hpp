// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/workloads/program.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline {

enum class PipelineSchedule : std::uint8_t {
    gpipe,        ///< all forwards, then all backwards (Huang et al. 2019)
    one_f_one_b,  ///< one forward, one backward, after a warm-up (PipeDream-Flush; Narayanan et al. 2021)
    interleaved,  ///< 1F1B with several chunks of the model on each stage (Narayanan et al. 2021)
    zb_h1,        ///< 1F1B whose weight gradients fill the bubble (Qi et al. 2023)
};
inline constexpr std::array all_pipeline_schedules{PipelineSchedule::gpipe, PipelineSchedule::one_f_one_b,
                                                   PipelineSchedule::interleaved, PipelineSchedule::zb_h1};
std::string_view name(PipelineSchedule schedule);  ///< "gpipe", "1f1b", "interleaved", "zb_h1"
std::optional<PipelineSchedule> parse_pipeline_schedule(std::string_view text);

/// When a stage receives the messages of its neighbours.
enum class Transfers : std::uint8_t {
    exposed,     ///< when it has nothing to compute
    overlapped,  ///< posted one work item ahead, progressed by test calls while it computes
};
inline constexpr std::array all_transfers{Transfers::exposed, Transfers::overlapped};
std::string_view name(Transfers transfers);

/// One training step of a pipeline with one stage per rank, or of several pipelines at once.
struct PipelineSpec {
    PipelineSchedule schedule = PipelineSchedule::one_f_one_b;
    int microbatches = 8;
    std::uint64_t activation_bytes =
        0;                 ///< per micro-batch, forward; the gradient going back is as large; 0: empty messages
    double forward_s = 0;  ///< of one micro-batch on one stage, all its chunks
    double backward_s = 0;
    double weight_s = 0;  ///< zb_h1: the part of backward_s that computes weight gradients
    int chunks = 1;       ///< interleaved: pieces of the model on each stage
    int stages = 0;       ///< the most of a pipeline: more ranks are several at once; 0: one pipeline of all ranks
    Transfers transfers = Transfers::exposed;
    double slice_s = 100e-6;  ///< overlapped: compute between two test calls
    ComputeSpec compute = {};
    bool operator==(const PipelineSpec&) const = default;
};

/// The order of work of one stage, which is what schedules differ in. Pure.
struct PipelineWork {
    Phase phase = Phase::forward;
    int microbatch = 0;
    int chunk = 0;
    bool operator==(const PipelineWork&) const = default;
};
struct PipelineShape {
    PipelineSchedule schedule = PipelineSchedule::one_f_one_b;
    int stages = 1;
    int microbatches = 1;
    int chunks = 1;
};
std::vector<PipelineWork> stage_order(const PipelineShape& shape, int stage);

/// Where the output of a part of the model goes; nothing at the ends. Parts are numbered in the order in which data
/// passes: chunk * stages + stage.
struct PipelinePlace {
    int stage = 0;
    int chunk = 0;
};
std::optional<PipelinePlace> next_place(const PipelineShape& shape, PipelinePlace from);
std::optional<PipelinePlace> previous_place(const PipelineShape& shape, PipelinePlace from);
/// Tag of the message that `from` sends, unique among the messages between two ranks in one step.
int pipeline_tag(const PipelineShape& shape, Phase phase, int microbatch, int sending_chunk);

/// How the stages of a pipeline exchange data.
struct StageMessages {
    std::uint64_t bytes = 0;
    Transfers transfers = Transfers::exposed;
    std::function<int(int stage)> rank_of = [](int stage) { return stage; };
};

/// Writes one stage's step: `work` writes the steps of one work item.
void write_stage(ProgramWriter& writer, const PipelineShape& shape, int stage, const StageMessages& messages,
                 const std::function<void(const PipelineWork&)>& work);

/// Why a pipeline can't have this shape, one sentence; empty where it can.
std::string why_impossible(const PipelineShape& shape);
/// Why not all pipelines of so many ranks can have their shape.
std::string why_impossible(const PipelineSpec& spec, int ranks);
/// Of the longest pipeline.
PipelineShape shape_of(const PipelineSpec& spec, int ranks);

/// Consecutive ranks that are the stages of one pipeline.
struct StageRanks {
    int first = 0;
    int stages = 1;
    bool operator==(const StageRanks&) const = default;
};
/// The pipeline of a rank. There are as few as may be, and their lengths differ by one at most.
StageRanks pipeline_of(const PipelineSpec& spec, int rank, int ranks);

/// What follows has `ranks` ranks in all, and is about the longest pipeline.
Program pipeline_program(const PipelineSpec& spec, int rank, int ranks);

/// (p-1)/(m+p-1): idle share of the whole step, for gpipe and 1f1b alike. Huang et al. 2019; Narayanan et al. 2021.
double ideal_bubble_fraction(int stages, int microbatches);
/// Seconds of the step without communication cost. gpipe, 1f1b: (m+p-1)(tf+tb); interleaved: (m+(p-1)/v)(tf+tb); zb_h1:
/// m(tf+tb+tw) + (p-1)(tf+tb-tw), where tb is for the inputs alone (Qi et al. 2023, table 2); where tw is longer than
/// tf or tb, only the shorter of these fits into the gap.
double ideal_pipeline_step_s(const PipelineSpec& spec, int ranks);
/// Idle share of that step; nothing where no closed form is known: zb_h1 with fewer micro-batches than stages.
std::optional<double> ideal_bubble_fraction(const PipelineSpec& spec, int ranks);

}  // namespace plumbline
