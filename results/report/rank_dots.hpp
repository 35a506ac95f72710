// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/records/run_metadata.hpp"

#include <cstddef>
#include <vector>

namespace plumbline::report {

/// A number of one world rank, at one of the run's probes where it was probed several times.
struct RankDot {
    int rank = 0;
    int probe = 0;
    double value = 0;
    bool operator==(const RankDot&) const = default;
};

/// What a picture shows of such numbers.
struct RankDots {
    std::vector<RankDot> dots;  ///< by probe, then rank, as given
    bool of_hosts = false;      ///< of each host the largest of its ranks and probes alone
    std::size_t left_out = 0;   ///< dots of hosts that are lower than all that are shown
    bool operator==(const RankDots&) const = default;
};

/// All of them up to `most`; of more the largest of each host, and of more hosts the `most` largest. A rank whose place
/// isn't known is a host of its own. Pure.
RankDots dots_for_picture(std::vector<RankDot> all, const RunMetadata& info, std::size_t most);

}  // namespace plumbline::report
