// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/verdicts/finding.hpp"
#include "results/verdicts/target.hpp"

#include <string>

namespace plumbline {

/// The numbers of a finding as all printers write them: read back, they give the finding's verdict. In the metric's
/// unit, times with a unit of their own; empty where there is no such number.
struct WrittenNumbers {
    std::string estimate, low, high;
};
WrittenNumbers written_numbers(const Finding& finding);

/// ">= 10", as the target has it; empty where it has no bound.
Sentence bound_said(const Finding& finding);

/// How a target was read: "busbw >= 20 GB/s of allreduce, at 2 nodes", "recovery_time <= 30 min".
Sentence target_text(const Target& target);
/// Its bound with a unit: "20 GB/s", "90 %", "30 min", "7.5 times".
std::string bound_text(const Target& target);

/// "busbw 4.1 [4, 4.2] >= 10 GB/s", the subject alone where there is no number, nothing of a finding about a whole run.
Sentence measured_text(const Finding& finding);

}  // namespace plumbline
