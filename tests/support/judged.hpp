// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/verdicts/judge.hpp"
#include "tests/support/measured_run.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// Targets, and made-up runs to judge them on.
namespace plumbline::test {

inline Target target_of(Metric metric, std::map<std::string, std::string> where, double at_least)
{
    Target target;
    target.name = "t";
    target.metric = metric;
    target.where = std::move(where);
    target.at_least = at_least;
    return target;
}

inline Target at(Target target, std::optional<int> base, std::optional<int> scale)
{
    if (base) {
        target.base = ScaleRef{base};
    }
    if (scale) {
        target.at = ScaleRef{scale};
    }
    return target;
}

inline CaseIdentity training_step(int ranks, const std::string& pattern = "training_step")
{
    return collective_case(pattern, 0, ranks);
}

inline Judgement judge_one(const Target& target, const RunData& run)
{
    return judge(std::vector{target}, run);
}

inline Finding only_finding(const Target& target, const RunData& run)
{
    const Judgement judgement = judge_one(target, run);
    EXPECT_EQ(judgement.findings.size(), 1U);
    return judgement.findings.empty() ? Finding{} : judgement.findings.front();
}

/// data_parallel on each of `scales`, step time 1 s on the smallest and `slower` times that on the others.
inline MeasuredRun weak_scaling(std::initializer_list<int> scales, double slower, double spread = 0.001,
                                std::size_t samples = 21)
{
    MeasuredRun run;
    double time = 1;
    for (const int ranks : scales) {
        run.add(training_step(ranks, "data_parallel"), spread_times(time, spread, samples));
        time = slower;
    }
    return run;
}

/// data_parallel of 8 ranks a node on each of `nodes`, and on 4 ranks of the first; T(1 node) = 1 s, else `slower`.
inline MeasuredRun on_nodes(std::initializer_list<int> nodes, double slower)
{
    MeasuredRun run;
    for (const int count : nodes) {
        CaseIdentity what = training_step(8 * count, "data_parallel");
        what.nodes = count;
        run.add(what, spread_times(count == 1 ? 1 : slower, 0.001));
    }
    CaseIdentity half = training_step(4, "data_parallel");
    half.nodes = 1;
    run.add(half, spread_times(0.5, 0.001));
    return run;
}

}  // namespace plumbline::test
