// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/compute.hpp"
#include "collectives/operations/types.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline {

/// The category that the time of a step counts to.
enum class TimeCategory : std::uint8_t {
    compute,
    tensor,    ///< blocked in communication of tensor parallelism
    pipeline,  ///< blocked in communication of pipeline stages, waits for the neighbour's compute included
    data,      ///< blocked in communication of data parallelism
    expert,    ///< blocked in communication of expert parallelism
    overhead,  ///< posting, test calls
};
inline constexpr std::array all_parts{TimeCategory::compute, TimeCategory::tensor, TimeCategory::pipeline,
                                      TimeCategory::data,    TimeCategory::expert, TimeCategory::overhead};
std::string_view name(TimeCategory part);  ///< "compute", ...

/// The phase that a step belongs to, for display.
enum class Phase : std::uint8_t {
    none,
    forward,
    backward,  ///< gradients of the inputs, and of the weights where `weight` is not separate
    weight,    ///< gradients of the weights
    optimizer,
};
std::string_view name(Phase phase);  ///< "" for none

/// One step of one rank.
struct Step {
    enum class Kind : std::uint8_t {
        compute,           ///< Program::works[what]
        send,              ///< posts a message of `bytes` to `peer` and returns
        receive,           ///< waits for a message of `bytes` from `peer`
        wait_sends,        ///< waits until the buffers of all posted sends may be reused
        collective,        ///< executes Program::calls[what]
        begin_receive,     ///< posts a receive and returns
        begin_collective,  ///< starts Program::calls[what] and returns
        wait,              ///< waits for what step `what` started
        progress,          ///< a test call on everything in flight, which never blocks
    };
    Kind kind = Kind::compute;
    TimeCategory part = TimeCategory::compute;
    Phase phase = Phase::none;
    std::int16_t chunk = -1;       ///< of the model, on a stage with several; -1: does not apply
    std::int32_t microbatch = -1;  ///< -1: does not apply
    std::int32_t what = -1;        ///< see Kind
    std::int32_t peer = -1;        ///< rank in the case
    std::int32_t tag = 0;
    std::uint64_t bytes = 0;  ///< of the message; of a collective S

    bool operator==(const Step&) const = default;
};

/// "forward", "allreduce", "receive": the name of a step, for display.
std::string label(const Step& step, Collective collective);

/// A collective call among some ranks of the case.
struct SubgroupCall {
    CollectiveCall call;
    int subgroup = whole_case;  ///< index into Program::subgroups
    static constexpr int whole_case = -1;
    bool operator==(const SubgroupCall&) const = default;
};

/// A workload as pure data: what one rank does in one execution, on any backend.
struct Program {
    std::vector<Step> steps;
    std::vector<ComputeCall> works;
    std::vector<SubgroupCall> calls;
    /// Ranks of the case, in the order of their rank in the subgroup; each contains this rank. All ranks of the case
    /// list subgroups of one purpose at the same index, so that joining them in order can't deadlock.
    std::vector<std::vector<int>> subgroups;

    bool operator==(const Program&) const = default;
};

/// Writes the steps of a program; equal works and calls are stored once.
class ProgramWriter {
public:
    /// The phase, chunk and micro-batch of the steps that follow.
    void at(Phase phase, int microbatch = -1, int chunk = -1);

    void compute(const ComputeCall& work);
    /// The same work in slices of at most `slice_s`, with test calls between them. Work without a length (gemm) is cut
    /// by its repeats.
    void compute_in_slices(const ComputeCall& work, double slice_s);
    void send(int peer, int tag, std::uint64_t bytes);
    void receive(int peer, int tag, std::uint64_t bytes);
    /// Returns what wait() takes.
    std::int32_t begin_receive(int peer, int tag, std::uint64_t bytes);
    void wait_sends();
    void collective(TimeCategory part, const SubgroupCall& call, std::uint64_t total_bytes);
    /// Returns what wait() takes.
    std::int32_t begin_collective(TimeCategory part, const SubgroupCall& call, std::uint64_t total_bytes);
    void wait(std::int32_t begun);
    int add_subgroup(std::vector<int> ranks);
    void reserve(std::size_t steps) { program_.steps.reserve(steps); }

    /// The program, with a final wait for all sends.
    Program finished();

private:
    Step& add(Step::Kind kind, TimeCategory part);
    std::int32_t number_of(const ComputeCall& work);
    std::int32_t number_of(const SubgroupCall& call);

    Program program_;
    Phase phase_ = Phase::none;
    std::int32_t microbatch_ = -1;
    std::int16_t chunk_ = -1;
    bool unwaited_sends_ = false;
};

}  // namespace plumbline
