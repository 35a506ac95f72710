// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/diagnosis/admission.hpp"
#include "results/texts/language.hpp"
#include "results/verdicts/verdict.hpp"

#include <ostream>
#include <string>

namespace plumbline {

/// Who may join, and of what it was told.
struct AdmissionOutput {
    AdmissionReport report;
    Sentence measured;  ///< "links, 4 MiB, 1,024 ranks": the case
    double limit = 0.05;
    bool simulated = false;
};

/// FAIL: a node was rejected, or a known-good one isn't. NOT_MEASURED, INCONCLUSIVE: one is not measured, or undecided.
Verdict verdict_of(const AdmissionReport& report);

void admission_text(std::ostream& out, const AdmissionOutput& admission, Language language);
void admission_json(std::ostream& out, const AdmissionOutput& admission);
/// The hosts that may join, one a line.
void admission_list(std::ostream& out, const AdmissionOutput& admission);
/// scontrol commands: RESUME for those that may join, DRAIN with a reason for all others.
void admission_slurm(std::ostream& out, const AdmissionOutput& admission);
/// kubectl commands: a label plumbline/admitted, and a taint of the same name on all that may not join.
void admission_kubernetes(std::ostream& out, const AdmissionOutput& admission);

/// "rejected: sending +11.8 % [..] time over 16 links to known-good nodes": why a node may not join, on one line.
Sentence admission_said(const NodeAdmission& node);

}  // namespace plumbline
