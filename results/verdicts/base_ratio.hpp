// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/records/metric.hpp"
#include "results/records/run_data.hpp"
#include "results/verdicts/finding.hpp"
#include "results/verdicts/target.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline {

/// What judge() and scaling_table() share: which case is whose base, and the ratio between them.

/// The slowest-rank seconds of cases, each read from the run once. `run` must outlive it.
class CaseTimes {
public:
    explicit CaseTimes(const RunData& run) : run_(run) {}
    const std::vector<double>& operator()(int case_id);

private:
    const RunData& run_;
    std::map<int, std::vector<double>> read_;
};

/// Whether the work of all ranks together is the same at every scale; else each rank's is.
bool has_fixed_total(const CaseIdentity& what);

/// The metric by which the case is held against the same at another scale; nothing where its pattern has none.
std::optional<Metric> scaling_metric(const CaseIdentity& what);

/// Smallest number of ranks at which the metric means something: 2 for those that are made of busbw.
int smallest_ranks(Metric metric);

/// The number of the case that a relative metric divides: seconds, or bytes/s for busbw_retention.
/// Nothing when the case has none.
std::optional<double> scaling_value(Metric metric, const CaseSummary& of);

/// The base of `scale`: the same case at `ranks`, or at the smallest scale that has a value when `ranks` is nothing.
/// Of several rank sets that of the same number, else number 0. Null where no such case has a value.
const CaseSummary* find_base(Metric metric, const CaseSummary& scale, std::optional<int> ranks, const RunData& run);

/// Ranks of the scale that the target names as the base of such a case, "all" being the largest planned, a number of
/// nodes the most ranks that lie on so many; 0 where no such case lies on so many nodes, nothing where it names none.
std::optional<int> base_scale(const Target& target, const CaseIdentity& what, const RunData& run);

/// Why find_base() finds none for such a case at base_scale().
Sentence why_no_base(const Target& target, const CaseIdentity& what, const RunData& run);

/// One node against many.
bool crosses_fabrics(const CaseSummary& base, const CaseSummary& scale);

/// A relative metric of `scale` against `base`; both must have a scaling_value().
/// The interval is median_ratio_interval's, at the run's confidence.
Value ratio_to_base(Metric metric, const CaseSummary& base, const CaseSummary& scale, double confidence,
                    CaseTimes& times);

/// Why a ratio of the two can't be told: measured in different states of the machine. Nothing when it can.
std::optional<Sentence> unlike_machines(const CaseSummary& base, const CaseSummary& scale);

/// "needs at least 7 samples for an interval, has 3"; `of` says what the interval is over: see
/// CaseSummary::interval_over.
Sentence too_few(std::string_view of, double confidence, std::size_t count);

}  // namespace plumbline
