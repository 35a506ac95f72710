// SPDX-License-Identifier: Apache-2.0
#include "collectives/workloads/pipeline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <utility>

namespace plumbline {
namespace {

/// Writes the work of one stage in its order.
class OrderWriter {
public:
    OrderWriter(const PipelineShape& shape, int stage) : shape_(shape), stage_(stage) {}

    std::vector<PipelineWork> order() &&
    {
        switch (shape_.schedule) {
            case PipelineSchedule::gpipe:
                gpipe();
                break;
            case PipelineSchedule::one_f_one_b:
                alternate(std::min(shape_.microbatches, shape_.stages - 1 - stage_), shape_.microbatches);
                break;
            case PipelineSchedule::interleaved: {
                const int pieces = shape_.microbatches * shape_.chunks;
                const int warm_up = 2 * (shape_.stages - 1 - stage_) + (shape_.chunks - 1) * shape_.stages;
                alternate(std::min(pieces, warm_up), pieces);
                break;
            }
            case PipelineSchedule::zb_h1:
                zero_bubble();
                break;
        }
        return std::move(order_);
    }

private:
    void gpipe()
    {
        for (int i = 0; i < shape_.microbatches; ++i) {
            add(Phase::forward, i);
        }
        for (int i = shape_.microbatches - 1; i >= 0; --i) {
            add(Phase::backward, i);
        }
    }

    /// `warm_up` forwards, then a backward after each forward, then the remaining backwards.
    void alternate(int warm_up, int pieces)
    {
        for (int i = 0; i < warm_up; ++i) {
            add(Phase::forward, i);
        }
        for (int i = warm_up; i < pieces; ++i) {
            add(Phase::forward, i);
            add(Phase::backward, i - warm_up);
        }
        for (int i = pieces - warm_up; i < pieces; ++i) {
            add(Phase::backward, i);
        }
    }

    /// As 1F1B, but a stage postpones as many weight gradients as there are stages before it, and computes them where
    /// it would otherwise wait.
    void zero_bubble()
    {
        const int warm_up = std::min(shape_.microbatches, shape_.stages - 1 - stage_);
        int weights = 0;
        for (int i = 0; i < warm_up; ++i) {
            add(Phase::forward, i);
        }
        for (int i = warm_up; i < shape_.microbatches; ++i) {
            const int backward = i - warm_up;
            add(Phase::forward, i);
            add(Phase::backward, backward);
            if (backward >= stage_) {
                add(Phase::weight, weights++);
            }
        }
        for (int i = shape_.microbatches - warm_up; i < shape_.microbatches; ++i) {
            add(Phase::backward, i);
            add(Phase::weight, weights++);
        }
        while (weights < shape_.microbatches) {
            add(Phase::weight, weights++);
        }
    }

    /// Work item `number` of a phase: micro-batches pass in groups of as many as there are stages, chunk by chunk;
    /// backward starts with the last chunk.
    void add(Phase phase, int number)
    {
        PipelineWork work{.phase = phase, .microbatch = number, .chunk = 0};
        if (shape_.chunks > 1) {
            const int group = shape_.stages * shape_.chunks;
            const int chunk = number % group / shape_.stages;
            work.chunk = phase == Phase::forward ? chunk : shape_.chunks - 1 - chunk;
            work.microbatch = number / group * shape_.stages + number % shape_.stages;
        }
        order_.push_back(work);
    }

    const PipelineShape& shape_;
    int stage_;
    std::vector<PipelineWork> order_;
};

/// Writes the steps of one stage.
class StageWriter {
public:
    StageWriter(ProgramWriter& writer, const PipelineShape& shape, int stage, const StageMessages& messages)
        : writer_(writer), shape_(shape), stage_(stage), messages_(messages), order_(stage_order(shape, stage))
    {
    }

    void write(const std::function<void(const PipelineWork&)>& do_work)
    {
        const bool ahead = messages_.transfers == Transfers::overlapped;
        if (ahead) {
            post(0);
        }
        for (std::size_t i = 0; i < order_.size(); ++i) {
            take(i);
            if (ahead) {
                post(i + 1);
            }
            at(order_[i]);
            do_work(order_[i]);
            give(order_[i]);
        }
    }

private:
    /// Where the data of a work item comes from; nothing at the ends, and for weight gradients.
    std::optional<PipelinePlace> source(const PipelineWork& work) const
    {
        const PipelinePlace here{.stage = stage_, .chunk = work.chunk};
        if (work.phase == Phase::forward) {
            return elsewhere(previous_place(shape_, here));
        }
        return work.phase == Phase::backward ? elsewhere(next_place(shape_, here)) : std::nullopt;
    }
    std::optional<PipelinePlace> target(const PipelineWork& work) const
    {
        const PipelinePlace here{.stage = stage_, .chunk = work.chunk};
        if (work.phase == Phase::forward) {
            return elsewhere(next_place(shape_, here));
        }
        return work.phase == Phase::backward ? elsewhere(previous_place(shape_, here)) : std::nullopt;
    }
    std::optional<PipelinePlace> elsewhere(std::optional<PipelinePlace> place) const
    {
        return place && place->stage != stage_ ? place : std::nullopt;
    }

    void at(const PipelineWork& work) { writer_.at(work.phase, work.microbatch, shape_.chunks > 1 ? work.chunk : -1); }

    /// Posts the receive of work item `index`.
    void post(std::size_t index)
    {
        posted_.reset();
        if (index >= order_.size()) {
            return;
        }
        const PipelineWork& work = order_[index];
        if (const auto from = source(work)) {
            at(work);
            posted_ = writer_.begin_receive(messages_.rank_of(from->stage), tag(work, from->chunk), messages_.bytes);
        }
    }

    void take(std::size_t index)
    {
        const PipelineWork& work = order_[index];
        const auto from = source(work);
        if (!from) {
            return;
        }
        at(work);
        if (posted_) {
            writer_.wait(*posted_);
        } else {
            writer_.receive(messages_.rank_of(from->stage), tag(work, from->chunk), messages_.bytes);
        }
    }

    void give(const PipelineWork& work)
    {
        if (const auto to = target(work)) {
            at(work);
            writer_.send(messages_.rank_of(to->stage), tag(work, work.chunk), messages_.bytes);
        }
    }

    int tag(const PipelineWork& work, int sending_chunk) const
    {
        return pipeline_tag(shape_, work.phase, work.microbatch, sending_chunk);
    }

    ProgramWriter& writer_;
    const PipelineShape& shape_;
    int stage_;
    const StageMessages& messages_;
    std::vector<PipelineWork> order_;
    std::optional<std::int32_t> posted_;
};

}  // namespace

std::string_view name(PipelineSchedule schedule)
{
    constexpr std::array<std::string_view, all_pipeline_schedules.size()> names{"gpipe", "1f1b", "interleaved",
                                                                                "zb_h1"};
    return names.at(static_cast<std::size_t>(schedule));
}

std::optional<PipelineSchedule> parse_pipeline_schedule(std::string_view text)
{
    const auto found = std::find_if(all_pipeline_schedules.begin(), all_pipeline_schedules.end(),
                                    [&](PipelineSchedule schedule) { return name(schedule) == text; });
    return found == all_pipeline_schedules.end() ? std::nullopt : std::optional(*found);
}

std::string_view name(Transfers transfers)
{
    return transfers == Transfers::exposed ? "exposed" : "overlapped";
}

std::vector<PipelineWork> stage_order(const PipelineShape& shape, int stage)
{
    return OrderWriter(shape, stage).order();
}

std::optional<PipelinePlace> next_place(const PipelineShape& shape, PipelinePlace from)
{
    if (from.stage + 1 < shape.stages) {
        return PipelinePlace{.stage = from.stage + 1, .chunk = from.chunk};
    }
    return from.chunk + 1 < shape.chunks ? std::optional(PipelinePlace{.stage = 0, .chunk = from.chunk + 1})
                                         : std::nullopt;
}

std::optional<PipelinePlace> previous_place(const PipelineShape& shape, PipelinePlace from)
{
    if (from.stage > 0) {
        return PipelinePlace{.stage = from.stage - 1, .chunk = from.chunk};
    }
    return from.chunk > 0 ? std::optional(PipelinePlace{.stage = shape.stages - 1, .chunk = from.chunk - 1})
                          : std::nullopt;
}

int pipeline_tag(const PipelineShape& shape, Phase phase, int microbatch, int sending_chunk)
{
    return 2 * (sending_chunk * shape.microbatches + microbatch) + (phase == Phase::forward ? 0 : 1);
}

std::string why_impossible(const PipelineShape& shape)
{
    constexpr std::int64_t most_pieces = 1'000'000;  // of a stage; tags count the items of all stages in an int
    const std::int64_t pieces = std::int64_t{shape.microbatches} * shape.chunks;
    if (pieces > most_pieces || pieces * shape.stages > std::numeric_limits<int>::max() / 4) {
        return fmt::format(
            "{} micro-batches of {} on {} stages are too many (a million at most on a stage). Use fewer "
            "micro-batches",
            shape.microbatches, shape.chunks == 1 ? "1 chunk" : fmt::format("{} chunks", shape.chunks), shape.stages);
    }
    if (shape.schedule == PipelineSchedule::interleaved && shape.microbatches % shape.stages != 0) {
        const int lower = shape.microbatches / shape.stages * shape.stages;
        return fmt::format(
            "{} micro-batches are not a multiple of the {} stages (interleaved passes them in groups of so many). "
            "Nearest valid: {} and {}",
            shape.microbatches, shape.stages, std::max(lower, shape.stages), lower + shape.stages);
    }
    return {};
}

namespace {

int pipelines(const PipelineSpec& spec, int ranks)
{
    return spec.stages == 0 ? 1 : (ranks - 1) / spec.stages + 1;
}

PipelineShape shape_with(const PipelineSpec& spec, int stages)
{
    return {.schedule = spec.schedule,
            .stages = stages,
            .microbatches = spec.microbatches,
            .chunks = spec.schedule == PipelineSchedule::interleaved ? spec.chunks : 1};
}

}  // namespace

PipelineShape shape_of(const PipelineSpec& spec, int ranks)
{
    const int count = pipelines(spec, ranks);
    return shape_with(spec, (ranks - 1) / count + 1);
}

std::string why_impossible(const PipelineSpec& spec, int ranks)
{
    const PipelineShape longest = shape_of(spec, ranks);
    auto why = why_impossible(longest);
    const bool all_alike = ranks % pipelines(spec, ranks) == 0;
    return !why.empty() || all_alike ? why : why_impossible(shape_with(spec, longest.stages - 1));
}

StageRanks pipeline_of(const PipelineSpec& spec, int rank, int ranks)
{
    const std::int64_t count = pipelines(spec, ranks);
    const auto first_of = [&](std::int64_t pipeline) { return static_cast<int>(pipeline * ranks / count); };
    const std::int64_t mine = ((rank + 1) * count - 1) / ranks;
    return {.first = first_of(mine), .stages = first_of(mine + 1) - first_of(mine)};
}

Program pipeline_program(const PipelineSpec& spec, int rank, int ranks)
{
    if (rank < 0 || rank >= ranks || spec.microbatches < 1 || spec.chunks < 1) {
        throw std::logic_error("a pipeline needs a stage within its stages and at least one micro-batch");
    }
    const StageRanks mine = pipeline_of(spec, rank, ranks);
    const int stages = mine.stages;
    const PipelineShape shape = shape_with(spec, stages);
    const double weight_s = spec.schedule == PipelineSchedule::zb_h1 ? spec.weight_s : 0;
    const ComputeCall forward = compute_of(spec.compute, spec.forward_s / shape.chunks);
    const ComputeCall backward = compute_of(spec.compute, (spec.backward_s - weight_s) / shape.chunks);
    const ComputeCall weight = compute_of(spec.compute, weight_s);
    ProgramWriter writer;
    const StageMessages messages{.bytes = spec.activation_bytes,
                                 .transfers = spec.transfers,
                                 .rank_of = [&](int stage) { return mine.first + stage; }};
    write_stage(writer, shape, rank - mine.first, messages, [&](const PipelineWork& work) {
        const ComputeCall& call = work.phase == Phase::forward    ? forward
                                  : work.phase == Phase::backward ? backward
                                                                  : weight;
        if (spec.transfers == Transfers::overlapped && stages > 1) {
            writer.compute_in_slices(call, spec.slice_s);
        } else {
            writer.compute(call);
        }
    });
    return writer.finished();
}

void write_stage(ProgramWriter& writer, const PipelineShape& shape, int stage, const StageMessages& messages,
                 const std::function<void(const PipelineWork&)>& work)
{
    StageWriter(writer, shape, stage, messages).write(work);
}

double ideal_bubble_fraction(int stages, int microbatches)
{
    return static_cast<double>(stages - 1) / static_cast<double>(microbatches + stages - 1);
}

double ideal_pipeline_step_s(const PipelineSpec& spec, int ranks)
{
    const int stages = shape_of(spec, ranks).stages;
    const double both_s = spec.forward_s + spec.backward_s;
    const double work_s = spec.microbatches * both_s;
    const double input_s = spec.backward_s - spec.weight_s;
    switch (spec.schedule) {
        case PipelineSchedule::gpipe:
        case PipelineSchedule::one_f_one_b:
            return static_cast<double>(spec.microbatches + stages - 1) * both_s;
        case PipelineSchedule::interleaved:
            return work_s + (stages - 1) * both_s / spec.chunks;
        case PipelineSchedule::zb_h1:
            return work_s +
                   (stages - 1) * (spec.forward_s + input_s - std::min({spec.weight_s, spec.forward_s, input_s}));
    }
    throw std::logic_error("no such schedule");
}

std::optional<double> ideal_bubble_fraction(const PipelineSpec& spec, int ranks)
{
    const int stages = shape_of(spec, ranks).stages;
    if (spec.schedule == PipelineSchedule::gpipe || spec.schedule == PipelineSchedule::one_f_one_b) {
        return ideal_bubble_fraction(stages, spec.microbatches);
    }
    if (spec.schedule == PipelineSchedule::zb_h1 && spec.microbatches < stages) {
        return std::nullopt;
    }
    const double step_s = ideal_pipeline_step_s(spec, stages);
    return 1 - spec.microbatches * (spec.forward_s + spec.backward_s) / step_s;
}

}  // namespace plumbline
