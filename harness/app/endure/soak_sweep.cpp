// SPDX-License-Identifier: Apache-2.0
#include "harness/app/endure/soak_sweep.hpp"

#include "collectives/patterns/pattern.hpp"
#include "harness/run/plan_executor.hpp"
#include "results/records/case_header.hpp"
#include "results/records/codec.hpp"
#include "results/records/result_sink.hpp"
#include "results/records/round.hpp"
#include "results/statistics/statistics.hpp"

#include <algorithm>
#include <utility>

namespace plumbline::app {

namespace {

/// Keeps what each case came to, and no sample.
class SweepSink final : public ResultSink {
public:
    void store(const CaseHeader& header, const Round& round) override
    {
        SweptCase swept{.what = describe(header.what),
                        .header = header_json_text(header),
                        .bytes_per_s = {},
                        .wrong_data = has_wrong_data(header),
                        .why = header.why.english()};
        std::vector<double> slowest;
        for (std::size_t sample = 0; sample < round.seconds.samples; ++sample) {
            if (sample < round.warmup.size() && round.warmup[sample] == 0) {
                slowest.push_back(std::ranges::max(round.seconds.row(sample)));
            }
        }
        const auto typical = median(slowest);
        if (typical && *typical > 0 && header.bus_factor) {
            swept.bytes_per_s = static_cast<double>(header.total_bytes) * *header.bus_factor / *typical;
        }
        swept_.push_back(std::move(swept));
    }
    void finish(bool) override {}
    std::vector<SweptCase> take() { return std::exchange(swept_, {}); }

private:
    std::vector<SweptCase> swept_;
};

}  // namespace

SoakSweep::SoakSweep(const Launched& launched, const SharedInputs& inputs, const std::function<bool()>& interrupted)
    : launched_(launched), interrupted_(interrupted), scenario_(inputs.scenario)
{
    constexpr int samples = 10;
    for (const Case& c : inputs.plan.cases) {
        if (!c.skip.empty() || !pattern_info(c.what.pattern).collective || c.what.ranks < 2) {
            continue;
        }
        plan_.cases.push_back(c);
        StoppingCriterion& stop = plan_.cases.back().stop;
        stop.warmup = 2;
        stop.min_samples = samples;
        stop.max_samples = samples;
        plan_.order.push_back({.case_index = plan_.cases.size() - 1, .round = 0});
    }
    scenario_.rounds = 1;
}

std::vector<SweptCase> SoakSweep::run(RankStatus& status) const
{
    if (plan_.cases.empty()) {
        return {};
    }
    SweepSink sink;
    NullProgress progress;
    run_plan({.world = launched_.world,
              .backend = launched_.backend,
              .sync_backend = launched_.sync_backend,
              .scenario = scenario_,
              .plan = plan_,
              .topology = launched_.whereabouts.topology,
              .sink = sink,
              .progress = progress,
              .stored = {},
              .launch = 0,
              .first_position = 0,
              .bound = TimeBound(),
              .clock_cost_s = 0,
              .status = &status,
              .probe_hosts = false,
              .interrupted = interrupted_});
    return sink.take();
}

}  // namespace plumbline::app
