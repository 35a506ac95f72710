// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/sampling/case_measurement.hpp"
#include "results/records/case_header.hpp"
#include "results/records/round.hpp"

namespace plumbline {

/// One round, as rank 0 of the case reports it. Other ranks get the header alone.
struct Measurement {
    CaseHeader header;
    Round round;
    bool interrupted = false;  ///< the samples are not complete: not to be stored
    bool broken = false;       ///< the library failed: the group is of no use any more
};

/// Measures one round of the case of `run`: header, refusals, common start, counters around it and stamps are the same
/// for every pattern; what is measured is `measurement`'s. Collective over the case's members.
/// A case that can't run comes back as skipped, one whose data is wrong or whose library failed as failed: the same on
/// all ranks. An exception leaves the ranks in disagreement: the launch must be aborted.
Measurement measure_case(CaseRun& run, CaseMeasurement& measurement);

}  // namespace plumbline
