// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/operations/traffic.hpp"
#include "scenarios/model/scenario.hpp"

#include <cstdint>
#include <memory>

namespace plumbline {

/// What the ranks of one process were last told of an alltoallv's traffic. Simulated ranks are thousands in one
/// process: if each made the list that all senders share, that would take n^2 steps and n^2 numbers.
class TrafficOnce {
public:
    /// Of a case of alltoallv. The same object as long as the same is asked for, but for a stated matrix.
    std::shared_ptr<const TrafficMatrix> of(const CollectiveSpec& spec, const CaseIdentity& what);

private:
    /// What the traffic of a skew follows from.
    struct Drawn {
        SkewKind kind = SkewKind::uniform;
        int ranks = 0;
        std::uint64_t most_elements = 0;
        double factor = 0;
        std::uint64_t seed = 0;
        bool operator==(const Drawn&) const = default;
    };
    Drawn last_;
    std::shared_ptr<const TrafficMatrix> traffic_;  ///< of last_; null at first
};

}  // namespace plumbline
