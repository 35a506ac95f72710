// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/workloads/program.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace plumbline {

/// The buffers that each step of a program uses, and their sizes.
struct BufferPlan {
    static constexpr std::size_t none = static_cast<std::size_t>(-1);
    struct Place {
        std::size_t send = none;  ///< equal to recv where one buffer serves both
        std::size_t recv = none;
        bool operator==(const Place&) const = default;
    };
    std::vector<std::uint64_t> bytes;  ///< of each buffer
    std::vector<Place> of_step;
    std::size_t most_outstanding_sends = 0;
    std::size_t most_begun = 0;
};

/// One buffer for each send between two waits, one for the receives from each peer (and one for each receive in
/// flight), one for all blocking collectives, and one for each collective in flight. `rank` of `ranks`: this rank in
/// the case.
BufferPlan plan_buffers(const Program& program, int rank, int ranks);

/// This rank's rank in the subgroup of a call.
struct SubgroupPlace {
    int rank = 0;
    int size = 1;
};
SubgroupPlace place_in_subgroup(const Program& program, const SubgroupCall& call, int rank, int ranks);

}  // namespace plumbline
