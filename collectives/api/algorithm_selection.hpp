// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/operations/types.hpp"

#include <map>
#include <memory>
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

class Communicator;
class Group;

/// A library that can be told by which algorithm it runs an operation.
class AlgorithmSelection {
public:
    /// By which algorithms operations can be run on demand, as far as this rank knows.
    virtual AvailableAlgorithms available() const = 0;
    /// Collective over members, as Backend::make_group(), for a choice that is available on all of them: a group that
    /// runs this operation by it, and all others as ever.
    virtual std::unique_ptr<Group> make_group(const AlgorithmChoice& choice, Communicator& members) = 0;

protected:
    ~AlgorithmSelection() = default;
};

/// Operations whose algorithm is a question at all: not those that are messages between two ranks.
constexpr bool has_algorithms(Collective collective)
{
    return collective != Collective::sendrecv && collective != Collective::pingpong &&
           collective != Collective::bidirectional;
}

}  // namespace plumbline
