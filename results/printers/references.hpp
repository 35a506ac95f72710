// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/util/sentence.hpp"
#include "results/records/case_summary.hpp"
#include "results/references/published_value.hpp"
#include "results/texts/language.hpp"

#include <string>

namespace plumbline {

/// "465.8 GB/s = 97 % of the published 480.2 (...), 89 % of attainable ..." of a measured case, several lines.
std::string reference_text(const PublishedValue& value, const CaseSummary& measured, Language language = Language::en);
/// The value, its conditions, its bound and its source, as `list references` has them after the name.
Sentence published_said(const PublishedValue& value);

}  // namespace plumbline
