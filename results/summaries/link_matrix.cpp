// SPDX-License-Identifier: Apache-2.0
#include "results/summaries/link_matrix.hpp"

#include "results/records/case_record.hpp"
#include "results/statistics/statistics.hpp"

#include <algorithm>
#include <limits>
#include <tuple>
#include <vector>

namespace plumbline {
namespace {

bool before(const LinkTime& a, const LinkTime& b)
{
    return std::tie(a.from, a.to) < std::tie(b.from, b.to);
}

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
        for_each_message(round, [&](LinkStage stage, int from, int to, double seconds) {
            if (stage == LinkStage::sweep) {
                times_.add(from, to, seconds);
            }
        });
    }

    LinkMatrix medians() { return {.ranks = ranks_, .links = times_.medians()}; }

private:
    std::size_t ranks_ = 0;
    LinkTimes times_;
};

}  // namespace

std::vector<LinkTime> LinkTimes::medians()
{
    std::ranges::sort(times_, before);
    std::vector<LinkTime> links;
    std::vector<double> seconds;
    for (std::size_t i = 0; i < times_.size(); ++i) {
        seconds.push_back(times_[i].seconds);
        if (i + 1 == times_.size() || before(times_[i], times_[i + 1])) {
            links.push_back({.from = times_[i].from, .to = times_[i].to, .seconds = *median(seconds)});
            seconds.clear();
        }
    }
    return links;
}

double LinkMatrix::at(std::size_t from, std::size_t to) const
{
    const LinkTime wanted{.from = static_cast<int>(from), .to = static_cast<int>(to), .seconds = 0};
    const auto found = std::ranges::lower_bound(links, wanted, before);
    return found != links.end() && !before(wanted, *found) ? found->seconds : std::numeric_limits<double>::quiet_NaN();
}

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
