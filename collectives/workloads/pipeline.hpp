#pragma once

#include "collectives/workloads/program.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace plumbline {

enum class PipelineSchedule : std::uint8_t { gpipe, one_f_one_b };
std::string_view name(PipelineSchedule schedule);  ///< "gpipe", "1f1b"
std::optional<PipelineSchedule> parse_pipeline_schedule(std::string_view text);

/// One training step of a pipeline with one stage a rank.
struct PipelineSpec {
    PipelineSchedule schedule = PipelineSchedule::one_f_one_b;
    int microbatches = 8;
    std::uint64_t activation_bytes =
        0;                 ///< per micro-batch, forward; the gradient going back is as large; 0: empty messages
    double forward_s = 0;  ///< of one micro-batch on one stage
    double backward_s = 0;
    bool operator==(const PipelineSpec&) const = default;
};

Program pipeline_program(const PipelineSpec& spec, int stage, int stages);

/// (p-1)/(m+p-1): idle share of the whole step, for gpipe and 1f1b alike. Huang et al. 2019; Narayanan et al. 2021.
double ideal_bubble_fraction(int stages, int microbatches);
/// (m+p-1)(tf+tb): the step without any communication cost.
double ideal_pipeline_step_s(const PipelineSpec& spec, int stages);

}  // namespace plumbline
