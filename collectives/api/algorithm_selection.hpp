#pragma once

#include "collectives/operations/types.hpp"

#include <map>
#include <string>
#include <vector>

namespace plumbline {

/// One way in which a library can run an operation, beside its own choice.
struct Algorithm {
    std::string name;    ///< the library's own: "segmented_ring"
    int most_ranks = 0;  ///< it works on so many ranks at most; 0 = on any number
    /// What a user sets so that the library takes it by itself, to be copied after "set ".
    std::string setting;
    bool operator==(const Algorithm&) const = default;
};

/// What a library can be told to run operations by; an operation that isn't in `of` has no choice.
struct AvailableAlgorithms {
    std::map<Collective, std::vector<Algorithm>> of;
    std::string why_not;  ///< one sentence, where nothing can be told; `of` is empty then
    bool operator==(const AvailableAlgorithms&) const = default;
};

/// An operation and the algorithm that it is to be run by, by name.
struct AlgorithmChoice {
    Collective collective = Collective::allreduce;
    std::string name;
    bool operator==(const AlgorithmChoice&) const = default;
};

/// Operations whose algorithm is a question at all: not those that are messages between two ranks.
constexpr bool has_algorithms(Collective collective)
{
    return collective != Collective::sendrecv && collective != Collective::pingpong &&
           collective != Collective::bidirectional;
}

}  // namespace plumbline
