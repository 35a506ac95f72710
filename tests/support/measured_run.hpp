// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/operations/traffic.hpp"
#include "collectives/operations/types.hpp"
#include "results/records/case_header.hpp"
#include "results/records/case_identity.hpp"
#include "results/records/case_record.hpp"
#include "results/records/case_summary.hpp"
#include "results/records/round.hpp"
#include "results/records/run_data.hpp"
#include "results/summaries/observations.hpp"
#include "results/summaries/summarize.hpp"
#include "results/summaries/workload_summary.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace plumbline::test {

/// `count` samples around `center` whose median is `center` and whose extremes are center * (1 -+ spread).
inline std::vector<double> spread_times(double center, double spread, std::size_t count = 21)
{
    std::vector<double> times;
    for (std::size_t i = 0; i < count; ++i) {
        const double at = count == 1 ? 0 : 2.0 * static_cast<double>(i) / static_cast<double>(count - 1) - 1;
        times.push_back(center * (1 + spread * at));
    }
    return times;
}

/// Every rank takes the same time in each of `times`; no warm-ups, one round.
inline Round round_of(const std::vector<double>& times, int ranks)
{
    Round round;
    round.seconds.samples = times.size();
    round.seconds.ranks = static_cast<std::size_t>(ranks);
    for (const double t : times) {
        round.seconds.values.insert(round.seconds.values.end(), static_cast<std::size_t>(ranks), t);
    }
    round.warmup.assign(times.size(), 0);
    round.batch.assign(times.size(), 1);
    return round;
}

/// A run made of records, as judging and the scaling table see it.
class MeasuredRun {
public:
    CaseRecord& add(CaseIdentity what, const std::vector<double>& times)
    {
        CaseRecord record;
        record.header.id = static_cast<int>(records_.size());
        record.header.total_bytes = what.bytes;
        if (const auto collective = parse_collective(what.pattern)) {
            record.header.bus_factor = busbw_factor(*collective, what.ranks);
        }
        record.rounds.push_back(round_of(times, what.ranks));
        record.header.what = std::move(what);
        records_.push_back(std::move(record));
        return records_.back();
    }

    CaseRecord& add_unmeasured(CaseIdentity what, CaseStatus status, const std::string& why)
    {
        CaseRecord& record = add(std::move(what), {});
        record.header.status = status;
        record.header.why = why;
        return record;
    }

    /// Refers to this object.
    RunData measured(double confidence = 0.95) const
    {
        RunData run;
        run.confidence = confidence;
        for (const CaseRecord& record : records_) {
            run.cases.push_back(summarize(record, confidence));
        }
        run.observations = [this](int id) { return observations(records_.at(static_cast<std::size_t>(id))); };
        run.samples = [this](int id) { return slowest_seconds(records_.at(static_cast<std::size_t>(id))); };
        run.overlap_observations = [this](int id) {
            return overlap_observations(records_.at(static_cast<std::size_t>(id)));
        };
        run.bubble_observations = [this](int id) {
            return bubble_observations(records_.at(static_cast<std::size_t>(id)));
        };
        return run;
    }

private:
    std::vector<CaseRecord> records_;
};

inline CaseIdentity collective_case(const std::string& pattern, std::uint64_t bytes, int ranks, int nodes = 1)
{
    CaseIdentity what;
    what.pattern = pattern;
    what.bytes = bytes;
    what.ranks = ranks;
    what.nodes = nodes;
    return what;
}

}  // namespace plumbline::test
