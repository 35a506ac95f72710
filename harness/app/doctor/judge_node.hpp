// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/app/doctor/node_state.hpp"
#include "results/diagnosis/doctor_report.hpp"

#include <string>
#include <vector>

namespace plumbline::app {

/// What a node says of itself to rank 0.
struct NodeReport {
    std::string host;
    std::vector<NodeFact> facts;
    std::vector<DoctorFinding> findings;  ///< without hosts
    bool operator==(const NodeReport&) const = default;
};

/// The facts of a node, and what is wrong with it alone. Pure.
NodeReport judge_node(const std::string& host, const NodeState& state);

/// A report as a text that travels, and back; what isn't one gives nothing.
std::string encode(const NodeReport& report);
std::optional<NodeReport> decode_node_report(const std::string& text);

}  // namespace plumbline::app
