// SPDX-License-Identifier: Apache-2.0
#include "collectives/workloads/executor.hpp"

#include "collectives/util/error.hpp"
#include "collectives/workloads/buffer_plan.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <tuple>
#include <utility>

namespace plumbline {

namespace {

using Buffers = std::vector<std::unique_ptr<Buffer>>;

/// Prepares the operations of a program's steps; steps that are alike share one where it can be reused.
class StepPreparer {
public:
    StepPreparer(Group& group, const Program& program, const BufferPlan& plan, Buffers& buffers,
                 const std::vector<Group*>& subgroups)
        : group_(group), program_(program), plan_(plan), buffers_(buffers), subgroups_(subgroups)
    {
    }

    /// Null for steps that only wait or test.
    Operation* prepare(std::size_t index)
    {
        const Step& step = program_.steps[index];
        const BufferPlan::Place place = plan_.of_step[index];
        switch (step.kind) {
            case Step::Kind::compute:
                return compute(step.what);
            case Step::Kind::send:
                return keep(group_.prepare_send(step.peer, step.tag, *buffers_.at(place.send), step.bytes));
            case Step::Kind::receive:
            case Step::Kind::begin_receive:
                return keep(group_.prepare_receive(step.peer, step.tag, *buffers_.at(place.recv), step.bytes));
            case Step::Kind::collective:
                return blocking(step.what, place);
            case Step::Kind::begin_collective: {
                const SubgroupCall& call = program_.calls.at(static_cast<std::size_t>(step.what));
                return keep(
                    prepare_overlapped(group_of(call), call.call, *buffers_.at(place.send), *buffers_.at(place.recv)));
            }
            case Step::Kind::wait:
            case Step::Kind::wait_sends:
            case Step::Kind::progress:
                return nullptr;
        }
        throw std::logic_error("a step of unknown kind");
    }

    std::vector<std::unique_ptr<Operation>> operations() { return std::move(operations_); }

private:
    Operation* keep(std::unique_ptr<Operation> operation)
    {
        operations_.push_back(std::move(operation));
        return operations_.back().get();
    }

    Operation* compute(int what)
    {
        Operation*& known = computes_[what];
        if (known == nullptr) {
            known = keep(group_.prepare_compute(program_.works.at(static_cast<std::size_t>(what))));
        }
        return known;
    }

    Operation* blocking(int what, BufferPlan::Place place)
    {
        Operation*& known = blocking_[{what, place.send, place.recv}];
        if (known == nullptr) {
            const SubgroupCall& call = program_.calls.at(static_cast<std::size_t>(what));
            known = keep(group_of(call).prepare(call.call, *buffers_.at(place.send), *buffers_.at(place.recv)));
        }
        return known;
    }

    Group& group_of(const SubgroupCall& call)
    {
        return call.subgroup == SubgroupCall::whole_case ? group_
                                                         : *subgroups_.at(static_cast<std::size_t>(call.subgroup));
    }

    Group& group_;
    const Program& program_;
    const BufferPlan& plan_;
    Buffers& buffers_;
    const std::vector<Group*>& subgroups_;
    std::map<int, Operation*> computes_;
    std::map<std::tuple<int, std::size_t, std::size_t>, Operation*> blocking_;
    std::vector<std::unique_ptr<Operation>> operations_;
};

}  // namespace

struct WorkloadOperation::Impl {
    struct PreparedStep {
        Step::Kind kind = Step::Kind::compute;
        std::uint32_t part = 0;
        Operation* operation = nullptr;
        OverlapControl* overlap = nullptr;  ///< of the operation
        std::size_t begun = 0;              ///< wait: the step that started what it waits for
    };
    /// Operations that were started and not waited for yet.
    struct Begun {
        std::size_t step = 0;
        double begin_s = 0;
        double done_s = 0;
        bool done = false;
        bool counts = false;  ///< as in flight: a collective
    };

    Impl(Group& group, const Clock& its_clock, const Program& program, const JoinSubgroups& join) : clock(its_clock)
    {
        // First, before anything that may fail on this rank alone: others of a subgroup wait for it.
        if (join) {
            subgroups = join(program.subgroups);
        }
        const BufferPlan plan = plan_buffers(program, group.rank(), group.size());
        for (const std::uint64_t bytes : plan.bytes) {
            // Zeros stay finite however often the in-place sum is repeated.
            buffers.push_back(group.allocate_scratch(bytes));
        }
        StepPreparer preparer(group, program, plan, buffers, subgroups);
        steps.reserve(program.steps.size());
        for (std::size_t i = 0; i < program.steps.size(); ++i) {
            const Step& step = program.steps[i];
            Operation* const operation = preparer.prepare(i);
            steps.push_back({.kind = step.kind,
                             .part = static_cast<std::uint32_t>(step.part),
                             .operation = operation,
                             .overlap = operation == nullptr ? nullptr : operation->overlap(),
                             .begun = step.kind == Step::Kind::wait ? static_cast<std::size_t>(step.what) : 0});
        }
        operations = preparer.operations();
        outstanding_sends.reserve(plan.most_outstanding_sends);
        begun.reserve(plan.most_begun);
    }

    void run(std::size_t index, double now_s)
    {
        const PreparedStep& step = steps[index];
        switch (step.kind) {
            case Step::Kind::compute:
            case Step::Kind::receive:
            case Step::Kind::collective:
                step.operation->start();
                step.operation->finish();
                break;
            case Step::Kind::send:
                step.operation->start();
                outstanding_sends.push_back(&step);
                break;
            case Step::Kind::begin_receive:
            case Step::Kind::begin_collective:
                step.operation->start();
                begun.push_back({.step = index, .begin_s = now_s, .counts = step.kind == Step::Kind::begin_collective});
                break;
            case Step::Kind::wait:
                wait_for(step.begun);
                break;
            case Step::Kind::wait_sends:
                finish_sends();
                break;
            case Step::Kind::progress:
                look_at_begun();
                break;
        }
    }

    void choose_subset(StepSubset which)
    {
        subset.clear();
        for (std::size_t i = 0; i < steps.size(); ++i) {
            const bool computes = steps[i].kind == Step::Kind::compute;
            const bool looks = steps[i].kind == Step::Kind::progress;
            if (which == StepSubset::compute ? computes : !computes && !looks) {
                subset.push_back(i);
            }
        }
        has_subset = which != StepSubset::all;
    }

    void execute_subset()
    {
        has_subset = false;
        shares = {};
        flown_until_s = 0;
        tracing = false;
        double now_s = clock.now_s();
        for (const std::size_t i : subset) {
            run(i, now_s);
            const double then_s = clock.now_s();
            shares.seconds[steps[i].part] += then_s - now_s;
            now_s = then_s;
        }
    }

    /// One clock reading per step: the end of a step is the beginning of the next.
    template <bool traced>
    void execute()
    {
        shares = {};
        flown_until_s = 0;
        tracing = traced;
        double now_s = clock.now_s();
        for (std::size_t i = 0; i < steps.size(); ++i) {
            run(i, now_s);
            const double then_s = clock.now_s();
            shares.seconds[steps[i].part] += then_s - now_s;
            if constexpr (traced) {
                // The end of what was started here is seen in settle().
                stamps[i] = {.begin_s = now_s, .end_s = then_s};
            }
            now_s = then_s;
        }
    }

    void look_at_begun()
    {
        for (Begun& one : begun) {
            OverlapControl* const overlap = steps[one.step].overlap;
            if (!one.done && overlap != nullptr && overlap->test()) {
                one.done = true;
                one.done_s = clock.now_s();
            }
        }
        for (const PreparedStep* sent : outstanding_sends) {
            if (sent->overlap != nullptr) {
                sent->overlap->test();
            }
        }
    }

    void wait_for(std::size_t step)
    {
        const auto found = std::find_if(begun.begin(), begun.end(), [&](const Begun& one) { return one.step == step; });
        const PreparedStep& waited = steps[step];
        waited.operation->finish();
        if (const auto known = waited.overlap == nullptr ? std::nullopt : waited.overlap->done_at_s()) {
            found->done_s = *known;
        } else if (!found->done) {
            found->done_s = clock.now_s();
        }
        settle(*found);
        begun.erase(found);
    }

    /// Adds an interval to the union of the times in flight; intervals come in the order of their begin.
    void settle(const Begun& one)
    {
        if (one.counts) {
            shares.in_flight_s += std::max(0.0, one.done_s - std::max(one.begin_s, flown_until_s));
            flown_until_s = std::max(flown_until_s, one.done_s);
        }
        if (tracing) {
            stamps[one.step].end_s = one.done_s;
        }
    }

    void finish_sends()
    {
        for (const PreparedStep* sent : outstanding_sends) {
            sent->operation->finish();
        }
        outstanding_sends.clear();
    }

    const Clock& clock;
    Buffers buffers;  ///< before the operations, which must go first
    std::vector<std::unique_ptr<Operation>> operations;
    std::vector<Group*> subgroups;
    std::vector<PreparedStep> steps;
    std::vector<const PreparedStep*> outstanding_sends;
    std::vector<Begun> begun;
    double flown_until_s = 0;
    StepShares shares;
    std::vector<StepStamps> stamps;   ///< empty unless one execution was traced
    std::vector<std::size_t> subset;  ///< steps of the next execution, where it has one
    bool has_subset = false;
    bool trace_next = false;
    bool tracing = false;
};

WorkloadOperation::WorkloadOperation(Group& group, const Clock& clock, const Program& program,
                                     const JoinSubgroups& join)
    : impl_(std::make_unique<Impl>(group, clock, program, join))
{
}

WorkloadOperation::~WorkloadOperation() = default;

void WorkloadOperation::connect_subgroups()
{
    FirstFailure failure;
    for (Group* subgroup : impl_->subgroups) {
        failure.attempt([&] { subgroup->connect(); });
    }
    failure.rethrow();
}

void WorkloadOperation::run_next(StepSubset subset)
{
    impl_->choose_subset(subset);
}

void WorkloadOperation::start()
{
    if (impl_->has_subset) {
        impl_->execute_subset();
    } else if (std::exchange(impl_->trace_next, false)) {
        impl_->execute<true>();
    } else {
        impl_->execute<false>();
    }
}

void WorkloadOperation::finish()
{
    impl_->finish_sends();
}

StepShares WorkloadOperation::shares() const noexcept
{
    return impl_->shares;
}

void WorkloadOperation::trace_next()
{
    impl_->stamps.assign(impl_->steps.size(), {});
    impl_->trace_next = true;
}

std::span<const StepStamps> WorkloadOperation::stamps() const noexcept
{
    return impl_->stamps;
}

std::uint64_t WorkloadOperation::buffer_bytes(const Program& program, int rank, int ranks)
{
    const BufferPlan plan = plan_buffers(program, rank, ranks);
    std::uint64_t sum = 0;
    for (const std::uint64_t bytes : plan.bytes) {
        sum += bytes;
    }
    return sum;
}

}  // namespace plumbline
