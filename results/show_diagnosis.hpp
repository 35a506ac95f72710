#pragma once

#include "results/diagnose.hpp"
#include "results/record.hpp"

#include <ostream>
#include <span>
#include <string>
#include <vector>

namespace plumbline {

/// A case with what it says.
struct CaseDiagnosis {
    CaseHeader header;
    Diagnosis diagnosis;
};

/// "-49 % [-51, -47] bandwidth" or, for messages too short for one, "+95 % [..] latency".
std::string change_text(const Culprit& finding, std::uint64_t bytes);
/// One line a finding, as a person says it.
std::string finding_text(const Culprit& finding, std::uint64_t bytes);

void diagnosis_text(std::ostream& out, const RunInfo& info, std::span<const CaseDiagnosis> cases);
void diagnosis_json(std::ostream& out, const RunInfo& info, std::span<const CaseDiagnosis> cases);

/// Which sender (row) takes how much longer to which receiver (column) than the links do in the middle, a letter each;
/// single ranks, or nodes or blocks of ranks (their slowest links) where ranks are many.
void heat_map(std::ostream& out, const RunInfo& info, const CaseRecord& record);

}  // namespace plumbline
