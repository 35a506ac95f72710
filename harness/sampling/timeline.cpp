// SPDX-License-Identifier: Apache-2.0
#include "harness/sampling/timeline.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

namespace plumbline {

namespace {

constexpr int case_root = 0;

/// A step on its way to the case root.
struct WireStep {
    Step step;
    Collective collective = Collective::barrier;
    int index = 0;
    StepStamps stamps;
};
static_assert(Wire<WireStep>);

/// Before the steps: how many of them didn't fit.
struct WireHead {
    int left_out = 0;
};

Collective collective_of(const Program& program, const Step& step)
{
    const bool is_call = step.kind == Step::Kind::collective || step.kind == Step::Kind::begin_collective;
    return is_call ? program.calls.at(static_cast<std::size_t>(step.what)).call.collective : Collective::barrier;
}

TimelineStep shown(const WireStep& wire, int rank)
{
    const Step& step = wire.step;
    return {.rank = rank,
            .step = wire.index,
            .kind = label(step, wire.collective),
            .part = std::string(name(step.part)),
            .microbatch = step.microbatch,
            .chunk = step.chunk,
            .peer = step.peer,
            .bytes = step.bytes,
            .begin_s = wire.stamps.begin_s,
            .end_s = wire.stamps.end_s};
}

struct WireSteps {
    std::vector<WireStep> steps;
    WireHead head;
};

WireSteps wire_steps(const Program& program, std::span<const StepStamps> stamps, std::size_t most)
{
    WireSteps wire;
    for (std::size_t i = 0; i < std::min(program.steps.size(), stamps.size()); ++i) {
        const Step& step = program.steps[i];
        if (step.kind == Step::Kind::progress) {
            continue;
        }
        if (wire.steps.size() == most) {
            ++wire.head.left_out;
            continue;
        }
        wire.steps.push_back({.step = step,
                              .collective = collective_of(program, step),
                              .index = static_cast<int>(i),
                              .stamps = stamps[i]});
    }
    return wire;
}

std::vector<std::byte> packed(const WireSteps& wire)
{
    std::vector<std::byte> bytes(sizeof(WireHead) + wire.steps.size() * sizeof(WireStep));
    std::memcpy(bytes.data(), &wire.head, sizeof(WireHead));
    if (!wire.steps.empty()) {
        std::memcpy(bytes.data() + sizeof(WireHead), wire.steps.data(), wire.steps.size() * sizeof(WireStep));
    }
    return bytes;
}

WireSteps unpacked(std::span<const std::byte> bytes)
{
    WireSteps wire;
    std::memcpy(&wire.head, bytes.data(), sizeof(WireHead));
    wire.steps.resize((bytes.size() - sizeof(WireHead)) / sizeof(WireStep));
    if (!wire.steps.empty()) {
        std::memcpy(wire.steps.data(), bytes.data() + sizeof(WireHead), wire.steps.size() * sizeof(WireStep));
    }
    return wire;
}

void add(Timeline& timeline, const WireSteps& wire, int rank)
{
    timeline.steps_left_out += wire.head.left_out;
    for (const WireStep& step : wire.steps) {
        timeline.steps.push_back(shown(step, rank));
    }
}

}  // namespace

std::vector<TimelineStep> timeline_of_rank(const Program& program, std::span<const StepStamps> stamps, int rank,
                                           std::size_t most)
{
    Timeline timeline;
    add(timeline, wire_steps(program, stamps, most), rank);
    return std::move(timeline.steps);
}

std::optional<Timeline> gather_timeline(Communicator& members, const Program& program, const TracedSample& traced)
{
    const int shown_ranks = std::min(members.size(), timeline_ranks);
    const std::size_t most = timeline_steps / static_cast<std::size_t>(shown_ranks);
    const int me = members.rank();
    if (me >= shown_ranks) {
        return std::nullopt;
    }
    std::vector<StepStamps> stamps = traced.stamps;
    for (StepStamps& step : stamps) {
        step = {.begin_s = step.begin_s - traced.begin_s, .end_s = step.end_s - traced.begin_s};
    }
    const WireSteps mine = wire_steps(program, stamps, most);
    if (me != case_root) {
        members.send(packed(mine), case_root);
        return std::nullopt;
    }
    Timeline timeline{.sample = traced.sample, .ranks = shown_ranks, .steps_left_out = 0, .steps = {}};
    add(timeline, mine, case_root);
    for (int rank = 1; rank < shown_ranks; ++rank) {
        add(timeline, unpacked(members.receive(rank)), rank);
    }
    return timeline;
}

void shift_to_common_start(Timeline& timeline, std::span<const double> offsets_s)
{
    for (TimelineStep& step : timeline.steps) {
        const double offset_s = offsets_s[static_cast<std::size_t>(step.rank)];
        step.begin_s += offset_s;
        step.end_s += offset_s;
    }
}

}  // namespace plumbline
