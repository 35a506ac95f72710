// SPDX-License-Identifier: Apache-2.0
#include "collectives/workloads/program.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

namespace plumbline {

namespace {

template <class T>
std::int32_t number_in(std::vector<T>& list, const T& value)
{
    // Programs repeat a few works and calls, most often the last ones.
    const auto found = std::find(list.rbegin(), list.rend(), value);
    if (found != list.rend()) {
        return static_cast<std::int32_t>(list.rend() - found - 1);
    }
    list.push_back(value);
    return static_cast<std::int32_t>(list.size() - 1);
}

/// Limit of test calls in one work, so that a mistake in a scenario can't make an endless plan.
constexpr double most_slices = 10000;

}  // namespace

std::string_view name(TimeCategory part)
{
    constexpr std::array<std::string_view, all_parts.size()> names{"compute", "tensor", "pipeline",
                                                                   "data",    "expert", "overhead"};
    return names.at(static_cast<std::size_t>(part));
}

std::string_view name(Phase phase)
{
    constexpr std::array<std::string_view, 5> names{"", "forward", "backward", "weight", "optimizer"};
    return names.at(static_cast<std::size_t>(phase));
}

std::string label(const Step& step, Collective collective)
{
    switch (step.kind) {
        case Step::Kind::compute:
            return std::string(step.phase == Phase::none ? "compute" : name(step.phase));
        case Step::Kind::send:
            return "send";
        case Step::Kind::receive:
        case Step::Kind::begin_receive:
            return "receive";
        case Step::Kind::collective:
        case Step::Kind::begin_collective:
            return std::string(name(collective));
        case Step::Kind::wait_sends:
        case Step::Kind::wait:
            return "wait";
        case Step::Kind::progress:
            return "progress";
    }
    return {};
}

void ProgramWriter::at(Phase phase, int microbatch, int chunk)
{
    phase_ = phase;
    microbatch_ = microbatch;
    chunk_ = static_cast<std::int16_t>(chunk);
}

Step& ProgramWriter::add(Step::Kind kind, TimeCategory part)
{
    Step& step = program_.steps.emplace_back();
    step.kind = kind;
    step.part = part;
    step.phase = phase_;
    step.microbatch = microbatch_;
    step.chunk = chunk_;
    return step;
}

std::int32_t ProgramWriter::number_of(const ComputeCall& work)
{
    return number_in(program_.works, work);
}

std::int32_t ProgramWriter::number_of(const SubgroupCall& call)
{
    return number_in(program_.calls, call);
}

void ProgramWriter::compute(const ComputeCall& work)
{
    add(Step::Kind::compute, TimeCategory::compute).what = number_of(work);
}

void ProgramWriter::compute_in_slices(const ComputeCall& work, double slice_s)
{
    ComputeCall slice = work;
    double slices = 1;
    if (work.kind == ComputeKind::gemm) {
        slices = std::max(1.0, std::min<double>(work.repeats, most_slices));
        slice.repeats = static_cast<std::uint32_t>(work.repeats / slices);
    } else if (slice_s > 0) {
        // A length that is a whole number of slices up to rounding gets no further slice.
        slices = std::clamp(std::ceil(work.seconds / slice_s * (1 - 1e-9)), 1.0, most_slices);
        slice.seconds = work.seconds / slices;
    }
    std::uint32_t repeats_left = work.repeats;
    for (double i = 0; i < slices; ++i) {
        const bool last = i + 1 == slices;
        ComputeCall piece = slice;
        if (work.kind == ComputeKind::gemm) {
            piece.repeats = last ? repeats_left : slice.repeats;
            piece.seconds = work.seconds * piece.repeats / work.repeats;
            repeats_left -= piece.repeats;
        }
        compute(piece);
        add(Step::Kind::progress, TimeCategory::overhead);
    }
}

void ProgramWriter::send(int peer, int tag, std::uint64_t bytes)
{
    Step& step = add(Step::Kind::send, TimeCategory::overhead);
    step.peer = peer;
    step.tag = tag;
    step.bytes = bytes;
    unwaited_sends_ = true;
}

void ProgramWriter::receive(int peer, int tag, std::uint64_t bytes)
{
    Step& step = add(Step::Kind::receive, TimeCategory::pipeline);
    step.peer = peer;
    step.tag = tag;
    step.bytes = bytes;
}

std::int32_t ProgramWriter::begin_receive(int peer, int tag, std::uint64_t bytes)
{
    Step& step = add(Step::Kind::begin_receive, TimeCategory::pipeline);
    step.peer = peer;
    step.tag = tag;
    step.bytes = bytes;
    return static_cast<std::int32_t>(program_.steps.size() - 1);
}

void ProgramWriter::wait_sends()
{
    add(Step::Kind::wait_sends, TimeCategory::pipeline);
    unwaited_sends_ = false;
}

void ProgramWriter::collective(TimeCategory part, const SubgroupCall& call, std::uint64_t total_bytes)
{
    Step& step = add(Step::Kind::collective, part);
    step.what = number_of(call);
    step.bytes = total_bytes;
}

std::int32_t ProgramWriter::begin_collective(TimeCategory part, const SubgroupCall& call, std::uint64_t total_bytes)
{
    Step& step = add(Step::Kind::begin_collective, part);
    step.what = number_of(call);
    step.bytes = total_bytes;
    return static_cast<std::int32_t>(program_.steps.size() - 1);
}

void ProgramWriter::wait(std::int32_t begun)
{
    const TimeCategory part = program_.steps.at(static_cast<std::size_t>(begun)).part;
    add(Step::Kind::wait, part).what = begun;
}

int ProgramWriter::add_subgroup(std::vector<int> ranks)
{
    program_.subgroups.push_back(std::move(ranks));
    return static_cast<int>(program_.subgroups.size() - 1);
}

Program ProgramWriter::finished()
{
    if (unwaited_sends_) {
        at(Phase::none);
        wait_sends();
    }
    return std::move(program_);
}

}  // namespace plumbline
