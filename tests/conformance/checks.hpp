// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/backend.hpp"
#include "collectives/api/communicator.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline::conformance {

/// One world rank with a group over all ranks, and what it found.
struct Rank {
    Communicator& world;
    Backend& backend;
    Group& group;
    std::vector<std::string> problems = {};
    std::vector<std::string> refused = {};  ///< calls that the backend can't do, with its reason
    int checked = 0;                        ///< executions whose data was looked at

    int rank() const { return group.rank(); }
    int size() const { return group.size(); }
    void expect(bool holds, const std::string& sentence)
    {
        if (!holds) {
            problems.push_back(sentence);
        }
    }
};

/// What every backend must do, as a claim. Collective over the launch.
struct Check {
    std::string_view claim;
    void (*run)(Rank& me);
};
std::span<const Check> all_checks();

}  // namespace plumbline::conformance
