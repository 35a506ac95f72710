#pragma once

#include "collectives/workloads/program.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace plumbline {

/// Which buffers each step of a program works on, and how large each has to be.
struct BufferPlan {
    static constexpr std::size_t none = static_cast<std::size_t>(-1);
    struct Place {
        std::size_t send = none;  ///< the same as recv for one buffer that is both
        std::size_t recv = none;
        bool operator==(const Place&) const = default;
    };
    std::vector<std::uint64_t> bytes;  ///< of each buffer
    std::vector<Place> of_step;
    std::size_t most_outstanding_sends = 0;
    std::size_t most_begun = 0;
};

/// One buffer for each send between two waits, one for the receives from each peer (and one more for each that has
/// begun and isn't waited for), one for all collectives that block, and one for each that has begun.
/// `rank` of `ranks`: this rank's place in the case.
BufferPlan plan_buffers(const Program& program, int rank, int ranks);

/// This rank's place in the subgroup of a call.
struct SubgroupPlace {
    int rank = 0;
    int size = 1;
};
SubgroupPlace place_in_subgroup(const Program& program, const SubgroupCall& call, int rank, int ranks);

}  // namespace plumbline
