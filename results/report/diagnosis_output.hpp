// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/printers/diagnosis.hpp"
#include "results/records/run_metadata.hpp"
#include "results/texts/language.hpp"

#include <ostream>
#include <string>
#include <vector>

namespace plumbline::report {

/// A test case for each case of links and one for the ranks: failed where a component is named, skipped where nothing
/// could be judged.
void diagnosis_junit(std::ostream& out, const RunMetadata& info, const FileDiagnosis& file);

/// A page: what is named first, then each case of links with its peers and heat map, the ranks and the guidelines.
/// `heat_maps`: what heat_map() writes, one for each of file.links; empty where there is none.
std::string diagnosis_page(const RunMetadata& info, const FileDiagnosis& file,
                           const std::vector<std::string>& heat_maps, Language language);

}  // namespace plumbline::report
