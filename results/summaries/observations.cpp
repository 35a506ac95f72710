// SPDX-License-Identifier: Apache-2.0
#include "results/summaries/observations.hpp"

#include "results/records/case_record.hpp"
#include "results/summaries/repetition_statistics.hpp"

#include <algorithm>

namespace plumbline {

std::vector<double> slowest_seconds(const CaseRecord& record)
{
    return joined(record, timed_slowest);
}

std::vector<double> observations(const CaseRecord& record)
{
    return observed(record, timed_slowest).values;
}

std::vector<double> start_skews(const CaseRecord& record)
{
    std::vector<double> skews;
    for (const Round& round : record.rounds) {
        for (std::size_t i = 0; round.start_offset_s && i < round.start_offset_s->samples; ++i) {
            const auto row = round.start_offset_s->row(i);
            if (!is_warmup(round, i) && !row.empty()) {
                skews.push_back(*std::max_element(row.begin(), row.end()));
            }
        }
    }
    return skews;
}

}  // namespace plumbline
