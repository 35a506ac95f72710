// SPDX-License-Identifier: Apache-2.0
#include "scenarios/plan/time_bound.hpp"

#include "collectives/operations/payload.hpp"
#include "collectives/operations/traffic.hpp"
#include "collectives/patterns/pattern.hpp"
#include "collectives/workloads/catalogue.hpp"
#include "collectives/workloads/pipeline.hpp"
#include "collectives/workloads/program.hpp"
#include "results/records/identity_parameters.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <type_traits>
#include <variant>

namespace plumbline {

namespace {

/// An idle machine is not always equally fast (clock rates, placement): what is measured in a moment gets this room.
constexpr double room = 2;

double compute_of(const Program& program)
{
    double seconds = 0;
    for (const Step& step : program.steps) {
        if (step.kind == Step::Kind::compute) {
            seconds += program.works.at(static_cast<std::size_t>(step.what)).seconds;
        }
    }
    return seconds;
}

/// Compute of one execution, with the waits for other stages' compute.
template <class Spec>
double compute_s(const Spec& spec, int ranks)
{
    if constexpr (std::is_same_v<Spec, PipelineSpec>) {
        return ideal_pipeline_step_s(spec, ranks);
    } else if constexpr (std::is_same_v<Spec, TrainingStepSpec>) {
        const double bubble = std::min(ideal_bubble_fraction(spec, ranks).value_or(0), 0.99);
        return std::max(compute_of(program_of(spec, 0, ranks)), compute_of(program_of(spec, ranks - 1, ranks))) /
               (1 - bubble);
    } else if constexpr (requires { program_of(spec, 0, ranks); }) {
        return std::max(compute_of(program_of(spec, 0, ranks)), compute_of(program_of(spec, ranks - 1, ranks)));
    } else {
        return 0;
    }
}

/// Rounds of messages of a small call among so many ranks: what LaunchRates::call_s consists of.
double rounds_of_call(int ranks)
{
    return std::max(1, static_cast<int>(std::bit_width(static_cast<unsigned>(ranks - 1))));
}

/// Messages that follow each other in an operation, by the slowest algorithm that libraries choose for that size: a
/// ring or a linear exchange where each rank's data goes to each other one, and for large messages; else a tree
/// (Thakur, Rabenseifner, Gropp 2005; Open MPI's fixed decisions).
double messages_in_turn(Collective collective, std::uint64_t bytes, int window, int ranks)
{
    constexpr std::uint64_t in_trees = 8192;
    constexpr std::uint64_t in_segments = 256 * 1024;
    const double others = ranks - 1;
    const double tree = rounds_of_call(ranks);
    switch (collective) {
        case Collective::barrier:
            return tree;
        case Collective::broadcast:
        case Collective::reduce:
            return bytes < in_segments ? tree : others + tree;
        case Collective::allreduce:
            return bytes < in_trees ? tree : 2 * others;
        case Collective::reduce_scatter:
        case Collective::allgather:
        case Collective::gather:
        case Collective::scatter:
        case Collective::alltoall:
        case Collective::alltoallv:
            return others;
        case Collective::sendrecv:
            return 1;
        case Collective::pingpong:
            return 2;
        case Collective::bidirectional:
            return window;
    }
    throw std::logic_error("messages_in_turn: no such collective");
}

/// Small calls among all ranks that take as long as `messages` in turn. Of so few ranks that they may share a core, at
/// least one for two ranks.
double calls_of(double messages, int ranks)
{
    constexpr int few = 8;
    const double least = std::max(1.0, std::min(ranks, few) / 2.0);
    return ranks <= few ? least : std::max(least, messages / rounds_of_call(ranks));
}

/// Small calls among all ranks that take as long as one execution without its bytes.
template <class Spec>
double calls(const Spec& spec, const CaseIdentity& what)
{
    const int ranks = std::max(what.ranks, 1);
    if constexpr (std::is_same_v<Spec, PipelineSpec>) {
        return static_cast<double>(program_of(spec, 0, ranks).steps.size()) + shape_of(spec, ranks).stages;
    } else if constexpr (requires { program_of(spec, 0, ranks); }) {
        const double ring = messages_in_turn(Collective::allreduce, what.bytes, 1, ranks);
        return static_cast<double>(program_of(spec, 0, ranks).steps.size()) + 2 * calls_of(ring, ranks);
    } else if constexpr (std::is_same_v<Spec, CollectiveSpec>) {
        return calls_of(messages_in_turn(spec.collective, what.bytes, spec.window, ranks), ranks);
    } else {
        return std::max(1.0, ranks / 2.0);  // a probe: messages of the rank that has most, some of them at once
    }
}

struct Execution {
    double seconds = 0;
    bool is_workload = false;
    int stages = 1;                  ///< executions of a probe that measures pair after pair
    double whatever_it_takes_s = 0;  ///< of a probe: what it does before it looks at its budget
};

constexpr double calls_of_set_up = 200;

/// Every step of a bisection has all its repetitions. One slow unit of n takes log2(n) + 2 steps, so several, and those
/// that noise brings up, have twice as many.
double unbudgeted_s(const BisectionSpec& spec, int ranks, double execution_s, double /*call_s*/)
{
    const double steps = 2 * std::ceil(std::log2(std::max(ranks, 2))) + 4;
    return steps * (spec.repetitions + 1) * execution_s;
}

/// Each split has groups of its own, and in the least: 4 calibrations of victims and of aggressors, 5 samples alone,
/// and up to 4 tries of 7 beside each other.
double unbudgeted_s(const CongestionSpec& spec, int /*ranks*/, double execution_s, double call_s)
{
    constexpr double executions = 2 * 4 + 5 + 2 * 4 * 7;
    return spec.splits * (executions * execution_s + calls_of_set_up * call_s);
}

/// Four pieces of work after a pass. The first pass is whole, another may begin just before the budget ends.
double unbudgeted_s(const PairwiseSpec& spec, int /*ranks*/, double /*execution_s*/, double /*call_s*/)
{
    return 2 * 4 * 1.2 * spec.compute_s;
}

Execution execution_of(const Case& c, const LaunchRates& rates)
{
    Execution execution;
    const int ranks = std::max(c.what.ranks, 1);
    std::visit(
        [&](const auto& spec) {
            using Spec = std::decay_t<decltype(spec)>;
            execution.is_workload = requires { program_of(spec, 0, ranks); };
            execution.seconds = room * (calls(spec, c.what) * rates.call_s) + 1.2 * compute_s<Spec>(spec, ranks);
        },
        *c.spec);
    execution.seconds += room * static_cast<double>(case_buffer_bytes(c)) / rates.bytes_per_s;
    execution.seconds *= timing_of(c.what).chain;
    std::visit(
        [&](const auto& spec) {
            if constexpr (requires { unbudgeted_s(spec, ranks, 0.0, 0.0); }) {
                execution.whatever_it_takes_s = unbudgeted_s(spec, ranks, execution.seconds, room * rates.call_s);
            }
        },
        *c.spec);
    execution.stages = pattern_info(c.what.pattern).probe ? 2 * ranks : 1;
    return execution;
}

/// Executions in a case's first round until a check has seen what every rank gives to a reduction, but one.
double executions_to_see_all_ranks(const Case& c)
{
    const auto* spec = std::get_if<CollectiveSpec>(c.spec.get());
    if (spec == nullptr || !info(spec->collective).reduces) {
        return 0;
    }
    CollectiveCall call;
    call.collective = spec->collective;
    call.dtype = c.what.dtype;
    call.op = c.what.op;
    call.count = block_elements(spec->collective, c.what.dtype, c.what.bytes, c.what.ranks);
    const std::uint64_t seen = ranks_seen(call, c.what.ranks);
    return static_cast<double>((static_cast<std::uint64_t>(c.what.ranks) - 1) / seen);
}

}  // namespace

TimeBound bound_slot(const Case& c, const Scenario& scenario, const LaunchRates& rates)
{
    constexpr double slice_s = 0.1;  // time is looked at that often
    constexpr double storing_s = 0.01;
    constexpr double clocks_s = 0.3;             // a model of each clock, across nodes
    constexpr int traced_and_isolated = 1 + 12;  // compute alone and communication alone are one execution together
    constexpr double surely_one_a_sample_s = 1e-4;
    const auto batches_tried = [](const Execution& one) { return one.seconds > surely_one_a_sample_s ? 1 : 8; };
    TimeBound bound;
    if (!c.skip.empty()) {
        return bound;
    }
    const Execution execution = execution_of(c, rates);
    const auto buffers = static_cast<double>(bound_buffers(c, scenario));
    const int verified = scenario.verify ? 3 : 0;  // at the start, after a random sample and at the end
    const int before =
        std::max(c.stop.warmup, 1) + (execution.is_workload ? traced_and_isolated : batches_tried(execution));
    // A batch that is stated is of all samples, of those that warm up too; one that is chosen takes no time that
    // counts.
    const bool in_batches = scenario.batch > 1 && timing_of(c.what).chain <= 1;
    const double execution_s = execution.seconds * execution.stages * (in_batches ? scenario.batch : 1);
    // The first min_samples are taken before time is looked at; as a rule they lie within the budget.
    const double surely_s = std::max(c.stop.min_samples * execution_s, execution.whatever_it_takes_s);
    const double beyond_budget_s = std::max(surely_s - c.stop.max_seconds, 0.0);
    bound.sampling_s = c.stop.max_seconds + std::min(slice_s, c.stop.max_samples * execution_s) + execution_s;
    bound.executions_s = (before + 2 * verified) * execution_s + beyond_budget_s;
    // What is sent is filled and what is received is checked: together once over the buffers. It goes by elements.
    const double smaller = std::max(1.0, 4.0 / static_cast<double>(size_of(c.what.dtype)));
    bound.verifying_s = room * (1 + verified * smaller) * buffers / rates.memory_bytes_per_s;
    bound.setting_up_s = storing_s + room * calls_of_set_up * rates.call_s + (c.what.nodes > 1 ? clocks_s : 0.0);
    return bound;
}

TimeBound bound_time(const Plan& plan, const Scenario& scenario, const LaunchRates& rates)
{
    constexpr double index_share = 0.06;  // the index of the file is renewed in a twentieth of the time
    constexpr double probe_s = 1;
    constexpr double start_s = 5;  // what an MPI takes to start and end some hundred ranks
    TimeBound all;
    std::map<std::size_t, TimeBound> of_case;  // of a round: thousands of ranks make a long program of a pipeline
    int turn = -1;
    for (const Slot& slot : plan.order) {
        if (slot.turn >= 0 && slot.turn == turn) {
            continue;  // takes as long as the one before, at the same time
        }
        turn = slot.turn;
        const Case& c = plan.cases[slot.case_index];
        const auto known = of_case.find(slot.case_index);
        TimeBound one = known != of_case.end()
                            ? known->second
                            : of_case.emplace(slot.case_index, bound_slot(c, scenario, rates)).first->second;
        if (slot.round == 0 && scenario.verify && c.skip.empty()) {
            one.executions_s += executions_to_see_all_ranks(c) * execution_of(c, rates).seconds;
        }
        all.sampling_s += one.sampling_s;
        all.executions_s += one.executions_s;
        all.verifying_s += one.verifying_s;
        all.setting_up_s += one.setting_up_s;
        if (one.total_s() > 0) {
            all.of_ranks[c.what.ranks] += one.total_s();
        }
    }
    if (all.total_s() > 0) {
        all.setting_up_s += index_share * all.total_s() + (scenario.probe ? probe_s * (scenario.rounds + 1) : 0.0);
    }
    all.starting_s = start_s;
    return all;
}

std::uint64_t bound_buffers(const Case& c, const Scenario& scenario)
{
    const std::uint64_t pairs = scenario.backend == "mpi" ? timing_of(c.what).chain : 1;
    return pairs * case_buffer_bytes(c);
}

namespace {

/// Open MPI and Gloo reduce what they receive out of one or two buffers of their own of the message's size, and gather
/// and scatter along trees, whose inner ranks hold the blocks of others.
std::uint64_t bound_library(const Case& c, const Scenario& scenario)
{
    if (scenario.backend != "mpi" && scenario.backend != "gloo") {
        return 0;
    }
    const auto* const spec = std::get_if<CollectiveSpec>(c.spec.get());
    if (spec == nullptr) {
        return pattern_info(c.what.pattern).probe ? 0 : case_buffer_bytes(c);
    }
    const bool along_a_tree = spec->collective == Collective::gather || spec->collective == Collective::scatter;
    return info(spec->collective).reduces ? 2 * c.what.bytes : along_a_tree ? c.what.bytes : 0;
}

std::uint64_t bound_samples(const Case& c)
{
    constexpr std::uint64_t bytes_of_sample = 64;  // time, start, batch and flag, and copies of them while they grow
    const auto kept = static_cast<std::uint64_t>(c.stop.warmup) + static_cast<std::uint64_t>(c.stop.max_samples);
    return kept * bytes_of_sample * static_cast<std::uint64_t>(std::max(c.what.ranks, 1));
}

}  // namespace

std::uint64_t bound_memory(const Case& c, const Scenario& scenario)
{
    return c.skip.empty() ? bound_buffers(c, scenario) + bound_library(c, scenario) + bound_samples(c) : 0;
}

MemoryBound bound_memory(const Plan& plan, const Scenario& scenario, const LaunchRates& rates)
{
    MemoryBound bound;
    bound.program = rates.program_bytes;
    for (const Case& c : plan.cases) {
        if (c.skip.empty()) {
            bound.buffers = std::max(bound.buffers, bound_buffers(c, scenario));
            bound.library = std::max(bound.library, bound_library(c, scenario));
            bound.samples = std::max(bound.samples, bound_samples(c));
            std::uint64_t& of_ranks = bound.of_ranks[c.what.ranks];
            of_ranks = std::max(of_ranks, bound.program + bound_memory(c, scenario));
        }
    }
    return bound;
}

}  // namespace plumbline
