#pragma once

#include "collectives/bisect.hpp"
#include "harness/measure.hpp"

#include <vector>

namespace plumbline {

/// Measures one round of a bisect case on the ranks of `group`, of which `nodes` are the nodes: step after step, the
/// rings that Bisection asks for, on groups of their own (settings.join_team). Collective over `members`, which are
/// those ranks. As measure_round() otherwise.
Measurement measure_bisect(Group& group, Communicator& members, const Clock& clock, const BisectSpec& spec,
                           const Case& c, const MeasureSettings& settings, const std::vector<int>& nodes);

}  // namespace plumbline
