// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/patterns/congestion.hpp"
#include "harness/sampling/case_measurement.hpp"

#include <memory>

namespace plumbline {

/// When a victims' sample lay in its block, in seconds from the common start: from the first victim's start to the last
/// one's end.
struct VictimSpan {
    double begin_s = 0;
    double end_s = 0;
};

/// Whether the aggressors, of whom the first was done after `traffic_s`, filled the network all through the sample: a
/// tenth of that time is theirs to get going.
bool is_covered(const VictimSpan& sample, double traffic_s);

/// How many executions of the aggressors, each `execution_s` long alone, last for `wanted_s`: 1 at least, and no more
/// than take 30 s alone, so that a block ends long before a watchdog takes it for one that hangs.
int aggressor_executions(double wanted_s, double execution_s);

/// By how much more traffic the next try of a block has, after one in which the victims took `victims_s`, and the first
/// aggressor was done with `executions` after `traffic_s`: twice as much, or what the victims took and half as much
/// again. A send may be done as soon as a buffer has taken it, so that executions count for what they take alone.
double stretch_of_traffic(double victims_s, double traffic_s, int executions, double execution_s);

/// One round of a congestion case. In each of its splits the victims are timed in two blocks,
/// alone while the aggressors sleep and beside them, in turn the one or the other first. In the latter the aggressors
/// start together with the victims and carry out so many executions that these outlast the victims' block; what they
/// don't cover is left out and, where that is too much, the block is taken again with more. Groups are joined by
/// settings.join_subgroup. Refers to both; `spec` is of one case.
std::unique_ptr<CaseMeasurement> make_congestion_probe(CaseRun& run, const CongestionSpec& spec);

}  // namespace plumbline
