#pragma once

#include "harness/measure.hpp"

#include <vector>

namespace plumbline {

/// Measures one round of a links case on the ranks of `group`, of which `nodes` are the nodes: a pass that warms up and
/// is checked, passes over every pair, then, where some pairs look slow, the rounds of those once more. Collective over
/// `members`, which are those ranks. As measure_round() otherwise.
Measurement measure_links(Group& group, Communicator& members, const Clock& clock, const LinksSpec& spec, const Case& c,
                          const MeasureSettings& settings, const std::vector<int>& nodes);

}  // namespace plumbline
