// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/host/node_reading.hpp"
#include "harness/host/shared_libraries.hpp"
#include "results/diagnosis/doctor_report.hpp"

#include <string>
#include <utility>
#include <vector>

namespace plumbline::app {

/// A communication library as its backend sees it.
struct BackendState {
    std::string name;
    std::string version;  ///< "" where it is unknown
    std::string why_not;  ///< "" where it can be used
};

/// What one node has and lets its ranks have.
struct NodeState {
    std::string program;  ///< version and commit of plumbline
    NodeReading node;
    std::vector<SharedLibrary> libraries;
    std::vector<BackendState> backends;
    std::vector<std::pair<std::string, std::string>> variables;  ///< chosen ones, name and value
    int ranks = 1;                                               ///< of this node
    int world = 1;                                               ///< of the launch
    std::string backend;                                         ///< that will be measured; "" = not said
};

/// What a node says of itself to rank 0.
struct NodeReport {
    std::string host;
    std::vector<NodeFact> facts;
    std::vector<DoctorFinding> findings;  ///< without hosts
    bool operator==(const NodeReport&) const = default;
};

/// The facts of a node, and what is wrong with it alone. Pure.
NodeReport judge_node(const std::string& host, const NodeState& state);

/// Of libraries and plugins that communication goes through, as find_shared_libraries() takes them.
std::vector<std::string> communication_libraries();

/// A report as a text that travels, and back; what isn't one gives nothing.
std::string encode(const NodeReport& report);
std::optional<NodeReport> decode_node_report(const std::string& text);

}  // namespace plumbline::app
