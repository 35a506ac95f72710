// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/records/case_record.hpp"
#include "results/records/case_summary.hpp"
#include "results/records/run_metadata.hpp"
#include "results/records/scaling_row.hpp"
#include "results/report/acceptance.hpp"
#include "results/report/texts.hpp"
#include "results/verdicts/finding.hpp"
#include "results/verdicts/link_rates.hpp"
#include "results/verdicts/verdict.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace plumbline::report {

/// All that a report says of one run file.
struct ReportedRun {
    std::string file;  ///< its name, without folders
    std::uint64_t file_bytes = 0;
    std::string sha256;
    RunMetadata info;
    bool complete = true;
    std::vector<CaseSummary> cases;
    std::vector<ScalingRow> scaling;
    Judgement judgement;
    IdealTimes ideals;
    std::vector<HostProbe> probes;
    Acceptance acceptance = {};              // NOLINT(readability-redundant-member-init)
    std::optional<Sentence> machine_states;  ///< describe_states()
    /// A case with reduced rounds (see reduced_round.hpp), but all samples of links; may read the file.
    std::function<CaseRecord(int case_id)> load;
};

/// Times in equal steps of their logarithm, for drawing.
struct Histogram {
    double low_s = 0;  ///< lower edge of the first bin
    double high_s = 0;
    std::vector<std::size_t> counts;
    bool operator==(const Histogram&) const = default;
};
/// Nothing for no values; one bin when all are equal or one isn't positive.
std::optional<Histogram> histogram(std::span<const double> seconds, std::size_t bins);

/// The JSON that the report's page draws, texts in all languages in it. Pure but for `load`. Says nothing that the run
/// files don't: the same files give the same page.
std::string report_data(std::span<const ReportedRun> runs, Language language);

/// The worst verdict of those that have one; nothing where none has.
std::optional<Verdict> verdict_of_all(std::span<const ReportedRun> runs);

}  // namespace plumbline::report
