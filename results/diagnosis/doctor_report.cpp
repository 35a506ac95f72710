// SPDX-License-Identifier: Apache-2.0
#include "results/diagnosis/doctor_report.hpp"

#include <algorithm>

namespace plumbline {

bool DoctorReport::breaks() const
{
    return std::ranges::any_of(findings, [](const DoctorFinding& f) { return f.severity == Severity::breaks; });
}

const char* name(Severity severity)
{
    switch (severity) {
        case Severity::note:
            return "note";
        case Severity::disturbs:
            return "disturbs";
        case Severity::breaks:
            return "breaks";
    }
    return "";
}

}  // namespace plumbline
