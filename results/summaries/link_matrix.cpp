// SPDX-License-Identifier: Apache-2.0
#include "results/summaries/link_matrix.hpp"

#include "results/records/case_record.hpp"
#include "results/statistics/statistics.hpp"

#include <algorithm>
#include <limits>
#include <vector>

namespace plumbline {
namespace {

/// Samples of each link.
class SamplesOfLinks {
public:
    void add(const Round& round)
    {
        if (!round.links || std::ranges::find(round.links->stage, static_cast<std::uint8_t>(LinkStage::ring)) !=
                                round.links->stage.end()) {
            return;
        }
        ranks_ = round.seconds.ranks;
        samples_.resize(ranks_ * ranks_);
        for_each_message(round, [&](LinkStage stage, int from, int to, double seconds) {
            if (stage == LinkStage::sweep) {
                samples_.at(static_cast<std::size_t>(from) * ranks_ + static_cast<std::size_t>(to)).push_back(seconds);
            }
        });
    }

    LinkMatrix medians() const
    {
        LinkMatrix matrix{.ranks = ranks_, .seconds = {}};
        for (const auto& samples : samples_) {
            matrix.seconds.push_back(median(samples).value_or(std::numeric_limits<double>::quiet_NaN()));
        }
        return matrix;
    }

private:
    std::size_t ranks_ = 0;
    std::vector<std::vector<double>> samples_;
};

}  // namespace

LinkMatrix link_medians(const Round& round)
{
    SamplesOfLinks links;
    links.add(round);
    return links.medians();
}

LinkMatrix link_medians(const CaseRecord& record)
{
    SamplesOfLinks links;
    for (const Round& round : record.rounds) {
        links.add(round);
    }
    return links.medians();
}

}  // namespace plumbline
