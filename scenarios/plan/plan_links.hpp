// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/patterns/bisection.hpp"
#include "collectives/patterns/congestion.hpp"
#include "collectives/patterns/pairwise.hpp"
#include "results/records/case_identity.hpp"

#include <cstdint>
#include <string>

/// What plan.cpp asks of every pattern, for links, bisect and congestion. `spec`: of one case, see single_cases().
namespace plumbline {

/// One sentence; empty when it can run.
std::string why_impossible(const PairwiseSpec& spec, const CaseIdentity& what);
/// On any rank.
std::uint64_t buffer_bytes(const PairwiseSpec& spec, const CaseIdentity& what);

std::string why_impossible(const BisectionSpec& spec, const CaseIdentity& what);
std::uint64_t buffer_bytes(const BisectionSpec& spec, const CaseIdentity& what);

std::string why_impossible(const CongestionSpec& spec, const CaseIdentity& what);
std::uint64_t buffer_bytes(const CongestionSpec& spec, const CaseIdentity& what);

}  // namespace plumbline
