// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/app/doctor/judge_node.hpp"
#include "results/diagnosis/doctor_report.hpp"

#include <span>
#include <vector>

namespace plumbline::app {

/// Nodes by their facts: the largest group first, then in order of their first node. Pure.
std::vector<AlikeNodes> group_alike(std::span<const NodeReport> nodes);

/// Facts in which nodes differ, and each finding once with the hosts that have it; the worst first. Pure.
std::vector<DoctorFinding> compare_nodes(std::span<const NodeReport> nodes);

/// Findings that say the same of different hosts are one; the worst come first, else the order stays. Pure.
std::vector<DoctorFinding> merged(std::vector<DoctorFinding> findings);

}  // namespace plumbline::app
