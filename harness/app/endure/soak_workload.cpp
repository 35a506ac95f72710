// SPDX-License-Identifier: Apache-2.0
#include "harness/app/endure/soak_workload.hpp"

#include "collectives/patterns/pattern.hpp"
#include "collectives/util/error.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <memory>

namespace plumbline::app {

namespace {

constexpr std::uint64_t checked_bytes = 64 * 1024;

}  // namespace

const Case& choose_workload(const Plan& plan, int ranks)
{
    const Case* chosen = nullptr;
    for (const Case& c : plan.cases) {
        const PatternInfo& pattern = pattern_info(c.what.pattern);
        if (!c.skip.empty() || c.what.ranks != ranks || (!pattern.workload && !pattern.collective)) {
            continue;
        }
        if (pattern.workload) {
            return c;
        }
        chosen = chosen == nullptr ? &c : chosen;
    }
    if (chosen == nullptr) {
        throw ConfigError(
            say("no case of the scenario can run step after step on all {} ranks (a workload or a collective "
                "is wanted). Add for example {} to its cases",
                ranks, "{pattern: data_parallel, gradient_bytes: 25MiB}"));
    }
    return *chosen;
}

Case checked_case(int ranks, int nodes)
{
    CollectiveSpec spec;
    spec.collective = Collective::allreduce;
    spec.bytes = {checked_bytes};
    Case c;
    c.what.pattern = name(spec.collective);
    c.what.bytes = checked_bytes;
    c.what.ranks = ranks;
    c.what.nodes = nodes;
    c.spec = std::make_shared<const Pattern>(spec);
    return c;
}

}  // namespace plumbline::app
