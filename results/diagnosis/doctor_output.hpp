// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/diagnosis/doctor_report.hpp"
#include "results/texts/language.hpp"

#include <iosfwd>

namespace plumbline {

/// How ranks come up, the nodes by their facts, and each finding in two lines: what, and what to do.
void doctor_text(std::ostream& out, const DoctorReport& report, Language language = Language::en);
/// As results/schemas/doctor.json says.
void doctor_json(std::ostream& out, const DoctorReport& report);

}  // namespace plumbline
