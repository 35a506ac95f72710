// SPDX-License-Identifier: Apache-2.0
#include "harness/app/run/print_plan.hpp"

#include "collectives/util/sentence.hpp"
#include "collectives/util/units.hpp"
#include "results/records/case_titles.hpp"
#include "results/texts/language.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <ostream>
#include <string>
#include <vector>

namespace plumbline::app {

namespace {

/// Rounded up to whole MiB, or KiB where it is less than one.
std::string about(std::uint64_t bytes)
{
    constexpr std::uint64_t kib = 1024;
    const std::uint64_t unit = bytes >= kib * kib ? kib * kib : kib;
    return format_bytes((bytes + unit - 1) / unit * unit);
}

Sentence memory_said(const MemoryBound& bound)
{
    const Sentence program =
        bound.program > 0 ? say("{} the program as it is now", about(bound.program)) : say("beside the program's own");
    return say(
        "memory per rank at most {}: {} buffers, {} in the library, {} samples on the rank that gathers them, {}",
        about(bound.total()), about(bound.buffers), about(bound.library), about(bound.samples), program);
}

Sentence time_said(const TimeBound& bound)
{
    return say(
        "time at most {}: {} sampling, {} warm-up and samples that must be, {} filling and verifying, {} setting up "
        "and storing, {} starting and ending the launch",
        format_seconds(bound.total_s()), format_seconds(bound.sampling_s), format_seconds(bound.executions_s),
        format_seconds(bound.verifying_s), format_seconds(bound.setting_up_s), format_seconds(bound.starting_s));
}

}  // namespace

void print_plan(const Console& console, const Scenario& scenario, const Plan& plan, const LaunchRates& rates)
{
    const auto line = [&](const Sentence& sentence) { console.out << in(console.language, sentence) << '\n'; };
    std::vector<const CaseIdentity*> cases;
    std::ranges::transform(plan.cases, std::back_inserter(cases), [](const Case& c) { return &c.what; });
    const CaseTitles titles(cases);
    for (const Case& c : plan.cases) {
        const Sentence note = c.skip.empty() ? say("{} a rank, at most {}", format_bytes(bound_buffers(c, scenario)),
                                                   format_seconds(c.stop.max_seconds))
                                             : say("will be skipped: {}", recognised(c.skip));
        console.out << fmt::format("{:>4}  ", c.id);
        line(say("{}  ({})", titles.of(c.what), note));
    }
    const TimeBound time = bound_time(plan, scenario, rates);
    const MemoryBound memory = bound_memory(plan, scenario, rates);
    line(say("{} cases, {} round(s)", plan.cases.size(), scenario.rounds));
    line(memory_said(memory));
    line(time_said(time));
    for (const auto& [ranks, seconds] : time.of_ranks) {
        line(say("  {}: {}, {}", ranks_said(ranks), format_seconds(seconds), about(memory.of_ranks.at(ranks))));
    }
    line(say("  from {} a small call, {} between ranks and {} to fill or check, {}", format_seconds(rates.call_s),
             format_gigabytes_per_second(rates.bytes_per_s) + " GB/s",
             format_gigabytes_per_second(rates.memory_bytes_per_s) + " GB/s",
             rates.measured ? say("as measured on these ranks now") : say("which is assumed")));
}

}  // namespace plumbline::app
