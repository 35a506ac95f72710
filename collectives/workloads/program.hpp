#pragma once

#include "collectives/api/compute.hpp"
#include "collectives/operations/types.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline {

/// What a step's time counts as.
enum class TimeCategory : std::uint8_t {
    compute,
    tensor,    ///< blocked in communication of tensor parallelism
    pipeline,  ///< of pipeline stages: for the data, and for the neighbour who makes it
    data,      ///< of data parallelism
    expert,    ///< of expert parallelism
    overhead,  ///< posting, test calls
};
inline constexpr std::array all_parts{TimeCategory::compute, TimeCategory::tensor, TimeCategory::pipeline,
                                      TimeCategory::data,    TimeCategory::expert, TimeCategory::overhead};
std::string_view name(TimeCategory part);  ///< "compute", ...

/// What a step belongs to; for people.
enum class Phase : std::uint8_t {
    none,
    forward,
    backward,  ///< of the inputs alone where `weight` is apart, else of both
    weight,    ///< gradients of the weights
    optimizer,
};
std::string_view name(Phase phase);  ///< "" for none

/// One step of one rank.
struct Step {
    enum class Kind : std::uint8_t {
        compute,           ///< Program::works[what]
        send,              ///< posts a message of `bytes` to `peer`, goes on at once
        receive,           ///< waits for a message of `bytes` from `peer`
        wait_sends,        ///< until all posted sends may be reused
        collective,        ///< Program::calls[what], until it is done
        begin_receive,     ///< posts a receive, goes on at once
        begin_collective,  ///< starts Program::calls[what], goes on at once
        wait,              ///< until what step `what` began is done
        progress,          ///< a test call on everything that has begun, which never blocks
    };
    Kind kind = Kind::compute;
    TimeCategory part = TimeCategory::compute;
    Phase phase = Phase::none;
    std::int16_t chunk = -1;       ///< of the model, on a stage with several; -1: means nothing here
    std::int32_t microbatch = -1;  ///< -1: means nothing here
    std::int32_t what = -1;        ///< see Kind
    std::int32_t peer = -1;        ///< rank in the case
    std::int32_t tag = 0;
    std::uint64_t bytes = 0;  ///< of the message; of a collective S

    bool operator==(const Step&) const = default;
};

/// "forward", "allreduce", "receive": what a step is, for people.
std::string label(const Step& step, Collective collective);

/// A collective call among some ranks of the case.
struct SubgroupCall {
    CollectiveCall call;
    int subgroup = whole_case;  ///< index into Program::subgroups
    static constexpr int whole_case = -1;
    bool operator==(const SubgroupCall&) const = default;
};

/// A workload is pure data: what one rank does in one execution, which any backend carries out.
struct Program {
    std::vector<Step> steps;
    std::vector<ComputeCall> works;
    std::vector<SubgroupCall> calls;
    /// Ranks of the case, in the order of their rank in the subgroup; this rank is in each. All ranks of the case list
    /// subgroups of one purpose at the same place, so that joining them in order can't block for ever.
    std::vector<std::vector<int>> subgroups;

    bool operator==(const Program&) const = default;
};

/// Writes a program's steps; equal works and calls are listed once.
class ProgramWriter {
public:
    /// What the steps that follow belong to.
    void at(Phase phase, int microbatch = -1, int chunk = -1);

    void compute(const ComputeCall& work);
    /// The same work in slices of at most `slice_s`, with test calls between them. What has no length (gemm) is cut by
    /// its repeats.
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

    /// The program, with a last wait for what was sent.
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
