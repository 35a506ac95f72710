// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/util/sentence.hpp"
#include "results/records/case_identity.hpp"

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline {

/// "all-to-all", in the words of people; the name itself of a pattern that nobody knows.
Sentence title_of_pattern(std::string_view pattern);

/// The case's title: "all-to-all, 64 MiB, 4 ranks", the only words for a case wherever people read. What most cases are
/// (float32, sum, out of place, compact) isn't said; of several cases see CaseTitles. `also` stands before the scale.
Sentence description(const CaseIdentity& what, const std::vector<Sentence>& also);

/// The title without size and scale, but with all parameters: "allreduce, bfloat16", what a line of a chart is called.
Sentence series_title(const CaseIdentity& what);

/// "forward 500 us", "bucket 25 MiB", "algorithm ring", "halves pairs": a parameter for people.
Sentence parameter_said(std::string_view name, const std::string& value);

/// The titles of cases that stand together, in a report or a verdict: description() of each, and for those that would
/// have the same, or differ only in what one of them leaves out, whatever tells them apart ("float32", "forward 2.00
/// ms", "out of place").
class CaseTitles {
public:
    CaseTitles() = default;
    explicit CaseTitles(std::span<const CaseIdentity* const> cases);

    /// description() of a case that isn't among them.
    Sentence of(const CaseIdentity& what) const;

private:
    std::map<std::string, Sentence> longer_;  ///< by family_key() and scale, of those that need more words
};

/// Of `Rows` with a member `header`, such as summaries.
template <class Rows>
CaseTitles titles_of(const Rows& rows)
{
    std::vector<const CaseIdentity*> cases;
    for (const auto& row : rows) {
        cases.push_back(&row.header.what);
    }
    return CaseTitles(cases);
}

}  // namespace plumbline
