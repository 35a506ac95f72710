// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/backend.hpp"
#include "collectives/api/communicator.hpp"
#include "harness/probes/make_measurement.hpp"
#include "harness/sampling/measure.hpp"

#include <vector>

namespace plumbline::test {

/// One round of `c` on this rank, all ranks on one node. Collective over `members`, which are the ranks of `group`.
inline Measurement measured(Group& group, Communicator& members, const Clock& clock, const Case& c,
                            const MeasureSettings& settings = {})
{
    const std::vector<int> nodes(static_cast<std::size_t>(members.size()), 0);
    CaseRun run({.group = group, .members = members, .clock = clock, .c = c, .settings = settings, .nodes = nodes});
    const auto measurement = make_measurement(run);
    return measure_case(run, *measurement);
}

}  // namespace plumbline::test
