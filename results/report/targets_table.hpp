// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/report/report_data.hpp"

#include <span>
#include <string>

namespace plumbline::report {

/// A row a finding, for spreadsheets: UTF-8 with its mark, RFC 4180; a cell that would be taken for a formula gets a
/// quote before it. Titles and sentences in `language`. Pure.
std::string targets_csv(std::span<const ReportedRun> runs, Language language);
/// The report in short as Markdown: parts of the acceptance, verdict, targets, what is not met and why, warnings. Pure
/// but for ReportedRun::load.
std::string report_markdown(std::span<const ReportedRun> runs, Language language);

}  // namespace plumbline::report
