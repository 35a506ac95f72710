#include "collectives/workloads/pipeline.hpp"

#include <algorithm>
#include <stdexcept>

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
        writer_.at(Phase::forward, microbatch);
        receive(stage_ - 1, forward_tag(microbatch));
        writer_.compute({.seconds = spec_.forward_s});
        send(stage_ + 1, forward_tag(microbatch));
    }

    void backward(int microbatch)
    {
        writer_.at(Phase::backward, microbatch);
        receive(stage_ + 1, backward_tag(microbatch));
        writer_.compute({.seconds = spec_.backward_s});
        send(stage_ - 1, backward_tag(microbatch));
    }

    Program finished() { return writer_.finished(); }

private:
    bool is_neighbour(int peer) const { return peer >= 0 && peer < stages_; }
    void send(int peer, int tag)
    {
        if (is_neighbour(peer)) {
            writer_.send(peer, tag, spec_.activation_bytes);
        }
    }
    void receive(int peer, int tag)
    {
        if (is_neighbour(peer)) {
            writer_.receive(peer, tag, spec_.activation_bytes);
        }
    }

    const PipelineSpec& spec_;
    int stage_;
    int stages_;
    ProgramWriter writer_;
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

double ideal_bubble_fraction(int stages, int microbatches)
{
    return static_cast<double>(stages - 1) / static_cast<double>(microbatches + stages - 1);
}

double ideal_pipeline_step_s(const PipelineSpec& spec, int stages)
{
    return static_cast<double>(spec.microbatches + stages - 1) * (spec.forward_s + spec.backward_s);
}

}  // namespace plumbline
