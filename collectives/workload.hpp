#pragma once

#include "collectives/backend.hpp"
#include "collectives/types.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline {

/// A workload is pure data: the steps of one rank, which any backend executes.
struct Step {
    enum class Kind : std::uint8_t {
        compute,     ///< `seconds` of stand-in work
        send,        ///< posts a message of `bytes` to `peer`, goes on at once
        receive,     ///< waits for a message of `bytes` from `peer`
        wait_sends,  ///< until all posted sends may be reused
        collective,  ///< an allreduce of `bytes` over all ranks of the case
    };
    Kind kind = Kind::compute;
    double seconds = 0;
    int peer = 0;
    int tag = 0;
    std::uint64_t bytes = 0;
    DataType dtype = DataType::float32;  ///< collective only

    bool operator==(const Step&) const = default;
};
using Program = std::vector<Step>;

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

/// One training step of data parallelism without overlap: compute, then one gradient allreduce. Fixed work per rank.
struct DataParallelSpec {
    double compute_s = 0;
    std::uint64_t gradient_bytes = 0;
    DataType dtype = DataType::float32;
    bool operator==(const DataParallelSpec&) const = default;
};

Program pipeline_program(const PipelineSpec& spec, int stage, int stages);
Program data_parallel_program(const DataParallelSpec& spec, int ranks);

/// (p-1)/(m+p-1): idle share of the whole step, for gpipe and 1f1b alike. Huang et al. 2019; Narayanan et al. 2021.
double ideal_bubble_fraction(int stages, int microbatches);
/// (m+p-1)(tf+tb): the step without any communication cost.
double ideal_pipeline_step_s(const PipelineSpec& spec, int stages);

/// Seconds of one execution that this rank spent computing; the rest of the step is waiting and communication.
struct StepShares {
    double compute_s = 0;
};

/// A program bound to a group: buffers allocated, every step prepared. The clock gives the shares.
class WorkloadOperation final : public Operation {
public:
    /// Throws std::bad_alloc, BackendError. `group` and `clock` must outlive it.
    WorkloadOperation(Group& group, const Clock& clock, const Program& program);
    ~WorkloadOperation() override;

    void start() override;
    void finish() override;

    /// Of the execution that just finished.
    StepShares shares() const noexcept;
    /// Bytes of all buffers that a program allocates on this rank.
    static std::uint64_t buffer_bytes(const Program& program);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace plumbline
