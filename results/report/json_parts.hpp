// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/records/case_identity.hpp"
#include "results/records/run_metadata.hpp"
#include "results/statistics/statistics.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace plumbline::report {

using Json = nlohmann::ordered_json;

/// Six significant digits: enough to draw and to read, a third of the size. Null for what isn't finite.
Json number(double value);
Json number(const std::optional<double>& value);
/// Text for people: valid UTF-8 without control characters.
Json text_of(std::string_view raw);
/// The same of a sentence in all languages, {"en": ..., "zh": ...}; one text where they are the same.
Json said(const Sentence& sentence);
/// Both ends, or null.
Json interval_of(const std::optional<Interval>& interval);
/// "0-3,8": what a sorted list of numbers says in short.
std::string ranges(const std::vector<int>& sorted);
/// {key: [English, Chinese]} of all texts.
Json texts_json();
/// What a page says of a run as a whole, its environment too.
Json run_info_json(const RunMetadata& info);

}  // namespace plumbline::report
