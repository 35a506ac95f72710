// SPDX-License-Identifier: Apache-2.0
#include "harness/probes/make_measurement.hpp"

#include "harness/probes/bisection_probe.hpp"
#include "harness/probes/congestion_probe.hpp"
#include "harness/probes/pairwise_probe.hpp"
#include "harness/sampling/sampling_loop.hpp"

#include <variant>

namespace plumbline {

namespace {

std::unique_ptr<CaseMeasurement> make(CaseRun& run, const PairwiseSpec& spec)
{
    return make_pairwise_probe(run, spec);
}

std::unique_ptr<CaseMeasurement> make(CaseRun& run, const BisectionSpec& spec)
{
    return make_bisection_probe(run, spec);
}

std::unique_ptr<CaseMeasurement> make(CaseRun& run, const CongestionSpec& spec)
{
    return make_congestion_probe(run, spec);
}

std::unique_ptr<CaseMeasurement> make(CaseRun& run, const CollectiveSpec& spec)
{
    return std::make_unique<SamplingLoop>(run, spec);
}

template <class Workload>
std::unique_ptr<CaseMeasurement> make(CaseRun& run, const Workload& spec)
{
    const Group& group = run.ranks.group;
    return std::make_unique<SamplingLoop>(
        run, workload_on_rank(spec, group.rank(), group.size(), largest_over(run.ranks.members)));
}

}  // namespace

std::unique_ptr<CaseMeasurement> make_measurement(CaseRun& run)
{
    return std::visit([&](const auto& spec) { return make(run, spec); }, *run.ranks.c.spec);
}

}  // namespace plumbline
