#include "collectives/workload.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <stdexcept>
#include <utility>

namespace plumbline {
namespace {

/// A tag names direction and micro-batch, so that no two messages of one step between two stages share one.
int forward_tag(int microbatch)
{
    return 2 * microbatch;
}
int backward_tag(int microbatch)
{
    return 2 * microbatch + 1;
}

/// Writes the steps of one stage, micro-batch by micro-batch.
class StageWriter {
public:
    StageWriter(const PipelineSpec& spec, int stage, int stages) : spec_(spec), stage_(stage), stages_(stages) {}

    void forward(int microbatch)
    {
        receive(stage_ - 1, forward_tag(microbatch));
        compute(spec_.forward_s);
        send(stage_ + 1, forward_tag(microbatch));
    }

    void backward(int microbatch)
    {
        receive(stage_ + 1, backward_tag(microbatch));
        compute(spec_.backward_s);
        send(stage_ - 1, backward_tag(microbatch));
    }

    Program finished()
    {
        const bool sends =
            std::ranges::any_of(program_, [](const Step& step) { return step.kind == Step::Kind::send; });
        if (sends) {
            program_.push_back({.kind = Step::Kind::wait_sends});
        }
        return std::move(program_);
    }

private:
    void compute(double seconds) { program_.push_back({.kind = Step::Kind::compute, .seconds = seconds}); }
    void send(int peer, int tag) { message(Step::Kind::send, peer, tag); }
    void receive(int peer, int tag) { message(Step::Kind::receive, peer, tag); }

    void message(Step::Kind kind, int peer, int tag)
    {
        const bool neighbour_exists = peer >= 0 && peer < stages_;
        if (neighbour_exists) {
            program_.push_back({.kind = kind, .peer = peer, .tag = tag, .bytes = spec_.activation_bytes});
        }
    }

    const PipelineSpec& spec_;
    int stage_;
    int stages_;
    Program program_;
};

void write_gpipe(StageWriter& writer, int microbatches)
{
    for (int i = 0; i < microbatches; ++i) {
        writer.forward(i);
    }
    for (int i = microbatches - 1; i >= 0; --i) {
        writer.backward(i);
    }
}

void write_one_f_one_b(StageWriter& writer, int microbatches, int stage, int stages)
{
    const int warm_up = std::min(microbatches, stages - 1 - stage);
    int forwards = 0;
    int backwards = 0;
    while (forwards < warm_up) {
        writer.forward(forwards++);
    }
    while (forwards < microbatches) {
        writer.forward(forwards++);
        writer.backward(backwards++);
    }
    while (backwards < microbatches) {
        writer.backward(backwards++);
    }
}

/// Which buffer each step of a program works on, and how large each has to be.
struct BufferPlan {
    static constexpr std::size_t none = static_cast<std::size_t>(-1);
    std::vector<std::uint64_t> bytes;    ///< of each buffer
    std::vector<std::size_t> buffer_of;  ///< of each step; `none` where it has none
    std::size_t most_outstanding_sends = 0;
};

/// One buffer for each send between two waits, one for the receives from each peer, one for all collectives.
class BufferPlanner {
public:
    BufferPlan plan(const Program& program)
    {
        for (const Step& step : program) {
            plan_.buffer_of.push_back(place(step));
        }
        plan_.most_outstanding_sends = send_slots_.size();
        return std::move(plan_);
    }

private:
    std::size_t place(const Step& step)
    {
        switch (step.kind) {
            case Step::Kind::send: {
                if (outstanding_ == send_slots_.size()) {
                    send_slots_.push_back(add_buffer());
                }
                return widen(send_slots_[outstanding_++], step.bytes);
            }
            case Step::Kind::receive: {
                const auto [slot, is_new] = receive_slots_.try_emplace(step.peer, BufferPlan::none);
                if (is_new) {
                    slot->second = add_buffer();
                }
                return widen(slot->second, step.bytes);
            }
            case Step::Kind::collective: {
                if (collective_slot_ == BufferPlan::none) {
                    collective_slot_ = add_buffer();
                }
                return widen(collective_slot_, step.bytes);
            }
            case Step::Kind::wait_sends:
                outstanding_ = 0;
                return BufferPlan::none;
            case Step::Kind::compute:
                return BufferPlan::none;
        }
        throw std::logic_error("a step of unknown kind");
    }

    std::size_t add_buffer()
    {
        plan_.bytes.push_back(0);
        return plan_.bytes.size() - 1;
    }

    std::size_t widen(std::size_t buffer, std::uint64_t bytes)
    {
        plan_.bytes[buffer] = std::max(plan_.bytes[buffer], bytes);
        return buffer;
    }

    BufferPlan plan_;
    std::vector<std::size_t> send_slots_;
    std::map<int, std::size_t> receive_slots_;
    std::size_t collective_slot_ = BufferPlan::none;
    std::size_t outstanding_ = 0;
};

CollectiveCall gradient_call(const Step& step)
{
    CollectiveCall call;
    call.collective = Collective::allreduce;
    call.dtype = step.dtype;
    call.count = step.bytes / size_of(step.dtype);
    call.in_place = true;
    return call;
}

using Buffers = std::vector<std::unique_ptr<Buffer>>;

std::unique_ptr<Operation> prepare_step(Group& group, const Step& step, const Buffers& buffers, std::size_t buffer)
{
    switch (step.kind) {
        case Step::Kind::compute:
            return group.prepare_compute(step.seconds);
        case Step::Kind::send:
            return group.prepare_send(step.peer, step.tag, *buffers.at(buffer), step.bytes);
        case Step::Kind::receive:
            return group.prepare_receive(step.peer, step.tag, *buffers.at(buffer), step.bytes);
        case Step::Kind::collective:
            return group.prepare(gradient_call(step), *buffers.at(buffer), *buffers.at(buffer));
        case Step::Kind::wait_sends:
            return nullptr;
    }
    throw std::logic_error("a step of unknown kind");
}

}  // namespace

std::string_view name(PipelineSchedule schedule)
{
    return schedule == PipelineSchedule::gpipe ? "gpipe" : "1f1b";
}

std::optional<PipelineSchedule> parse_pipeline_schedule(std::string_view text)
{
    for (const auto schedule : {PipelineSchedule::gpipe, PipelineSchedule::one_f_one_b}) {
        if (text == name(schedule)) {
            return schedule;
        }
    }
    return std::nullopt;
}

Program pipeline_program(const PipelineSpec& spec, int stage, int stages)
{
    if (stage < 0 || stage >= stages || spec.microbatches < 1) {
        throw std::logic_error("a pipeline needs a stage within its stages and at least one micro-batch");
    }
    StageWriter writer(spec, stage, stages);
    switch (spec.schedule) {
        case PipelineSchedule::gpipe:
            write_gpipe(writer, spec.microbatches);
            break;
        case PipelineSchedule::one_f_one_b:
            write_one_f_one_b(writer, spec.microbatches, stage, stages);
            break;
    }
    return writer.finished();
}

Program data_parallel_program(const DataParallelSpec& spec, int ranks)
{
    Program program{{.kind = Step::Kind::compute, .seconds = spec.compute_s}};
    if (ranks > 1 && spec.gradient_bytes > 0) {
        program.push_back({.kind = Step::Kind::collective, .bytes = spec.gradient_bytes, .dtype = spec.dtype});
    }
    return program;
}

double ideal_bubble_fraction(int stages, int microbatches)
{
    return static_cast<double>(stages - 1) / static_cast<double>(microbatches + stages - 1);
}

double ideal_pipeline_step_s(const PipelineSpec& spec, int stages)
{
    return static_cast<double>(spec.microbatches + stages - 1) * (spec.forward_s + spec.backward_s);
}

struct WorkloadOperation::Impl {
    struct PreparedStep {
        Step::Kind kind;
        std::unique_ptr<Operation> operation;
    };

    Impl(Group& group, const Clock& its_clock, const Program& program) : clock(its_clock)
    {
        const BufferPlan plan = BufferPlanner().plan(program);
        for (const std::uint64_t bytes : plan.bytes) {
            // Zeroes stay finite however often the in-place sum is repeated.
            buffers.push_back(group.allocate(bytes));
            buffers.back()->fill(std::byte{0});
        }
        steps.reserve(program.size());
        for (std::size_t i = 0; i < program.size(); ++i) {
            steps.push_back({program[i].kind, prepare_step(group, program[i], buffers, plan.buffer_of[i])});
        }
        outstanding_sends.reserve(plan.most_outstanding_sends);
    }

    void run(const PreparedStep& step)
    {
        switch (step.kind) {
            case Step::Kind::compute:
                run_compute(*step.operation);
                break;
            case Step::Kind::send:
                step.operation->start();
                outstanding_sends.push_back(step.operation.get());
                break;
            case Step::Kind::receive:
            case Step::Kind::collective:
                step.operation->start();
                step.operation->finish();
                break;
            case Step::Kind::wait_sends:
                finish_sends();
                break;
        }
    }

    void run_compute(Operation& compute)
    {
        const double begin_s = clock.now_s();
        compute.start();
        compute.finish();
        shares.compute_s += clock.now_s() - begin_s;
    }

    void finish_sends()
    {
        for (Operation* send : outstanding_sends) {
            send->finish();
        }
        outstanding_sends.clear();
    }

    const Clock& clock;
    Buffers buffers;  ///< before the steps, which must go first
    std::vector<PreparedStep> steps;
    std::vector<Operation*> outstanding_sends;
    StepShares shares;
};

WorkloadOperation::WorkloadOperation(Group& group, const Clock& clock, const Program& program)
    : impl_(std::make_unique<Impl>(group, clock, program))
{
}

WorkloadOperation::~WorkloadOperation() = default;

void WorkloadOperation::start()
{
    impl_->shares = {};
    for (const auto& step : impl_->steps) {
        impl_->run(step);
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

std::uint64_t WorkloadOperation::buffer_bytes(const Program& program)
{
    const BufferPlan plan = BufferPlanner().plan(program);
    std::uint64_t sum = 0;
    for (const std::uint64_t bytes : plan.bytes) {
        sum += bytes;
    }
    return sum;
}

}  // namespace plumbline
