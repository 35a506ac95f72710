// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/util/sentence.hpp"
#include "results/diagnosis/diagnose.hpp"
#include "results/diagnosis/guidelines.hpp"
#include "results/diagnosis/stragglers.hpp"
#include "results/records/case_header.hpp"
#include "results/records/case_record.hpp"
#include "results/records/run_metadata.hpp"
#include "results/texts/language.hpp"

#include <ostream>
#include <span>
#include <string>
#include <vector>

namespace plumbline {

/// A case of links and its diagnosis.
struct CaseDiagnosis {
    CaseHeader header;
    Diagnosis diagnosis;
};

/// The diagnosis of a whole file.
struct FileDiagnosis {
    std::vector<CaseDiagnosis> links;
    StragglerReport ranks;
    GuidelineReport guidelines;
};

/// "-49 % [-51, -47] bandwidth" or, for messages too short for one, "+95 % [..] latency".
Sentence change_said(const SlowComponent& finding, std::uint64_t bytes);
/// One finding in words, on one line.
Sentence finding_said(const SlowComponent& finding, std::uint64_t bytes);

/// What a diagnosis names, each once, the links' cases first: "host3 NIC", "rank 1 (host1)".
std::vector<Sentence> named_components(const RunMetadata& info, const FileDiagnosis& file);

/// "peers, compute: 7 of 8 are alike (centre host2, median 1.00 ms); unlike: host3 +25 % time".
Sentence peers_said(const PeerStatement& statement);

/// "rank 3 (host2) arrives late: +50 us [+49.8 us, +50.2 us] beside samples of 150 us in 4 of 4 cases, such as ...".
Sentence straggler_said(const Straggler& straggler, const RunMetadata& info);

void diagnosis_text(std::ostream& out, const RunMetadata& info, const FileDiagnosis& file,
                    Language language = Language::en);
void diagnosis_json(std::ostream& out, const RunMetadata& info, const FileDiagnosis& file);

/// A matrix of letters: how much longer each sender (row) takes to each receiver (column) than the median link. Rows
/// are ranks, or nodes or blocks of ranks (their slowest links) where there are many ranks.
void heat_map(std::ostream& out, const RunMetadata& info, const CaseRecord& record, Language language = Language::en);

}  // namespace plumbline
