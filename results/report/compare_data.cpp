// SPDX-License-Identifier: Apache-2.0
#include "results/report/compare_data.hpp"

#include "results/comparison/who_wins.hpp"
#include "results/printers/compare.hpp"
#include "results/printers/compare_json.hpp"
#include "results/records/case_titles.hpp"
#include "results/report/json_parts.hpp"

namespace plumbline::report {
namespace {

/// Who wins what, in all languages, and before it whether like is compared with like.
Json answer_json(std::span<const ComparedRun> runs, const Comparison& comparison)
{
    Json lines = Json::array();
    for (const Sentence& line : who_wins(runs, comparison)) {
        lines.push_back(said(line));
    }
    if (const Sentence fastest = fastest_said(runs, comparison); !fastest.empty()) {
        lines.push_back(said(fastest));
    }
    for (const Sentence& line : tokens_said(runs, comparison)) {
        lines.push_back(said(line));
    }
    Json effects = Json::array();
    for (const ComparedCase& c : comparison.cases) {
        effects.push_back(c.effect ? said(effect_said(*c.effect)) : Json(nullptr));
    }
    return {{"title", said(say("In short"))},
            {"fair", unfair_differences(comparison).empty()},
            {"fairness", said(fairness_said(comparison))},
            {"lines", std::move(lines)},
            {"effects", std::move(effects)},
            {"effect", said(say("Effect"))},
            {"verdict", said(say("Comparison"))},
            {"cases", said(cases_said(runs, comparison))}};
}

}  // namespace

std::string compare_data(std::span<const ComparedRun> runs, const Comparison& comparison, Language language)
{
    Json page{{"kind", "compare"}, {"language", name(language)}, {"texts", texts_json()}};
    Json content = comparison_json(runs, comparison);
    // The page draws lines of a series; names of series are made in one place.
    std::vector<const CaseIdentity*> identities;
    for (const ComparedCase& c : comparison.cases) {
        identities.push_back(&c.what);
    }
    const CaseTitles titles(identities);
    for (std::size_t i = 0; i < comparison.cases.size(); ++i) {
        content["cases"][i]["case"] = said(titles.of(comparison.cases[i].what));
        content["cases"][i]["why"] = said(recognised(comparison.cases[i].why));
        content["cases"][i]["series"] = said(series_title(comparison.cases[i].what));
        const WrittenRatio written = written_ratio(comparison.cases[i], comparison.worse_limit);
        content["cases"][i]["written"] = {{"ratio", written.ratio}, {"interval", written.interval}};
    }
    for (std::size_t i = 0; i < comparison.unmatched.size(); ++i) {
        content["unmatched"][i]["case"] = said(description(comparison.unmatched[i].what));
        content["unmatched"][i]["why"] = said(comparison.unmatched[i].why);
    }
    for (Json& row : content["manifest"]) {
        row["name"] = said(word(row["name"].get<std::string>()));
        for (Json& value : row["values"]) {
            if (value.is_string()) {
                value = said(recognised(value.get<std::string>()));
            }
        }
    }
    page["comparison"] = std::move(content);
    page["answer"] = answer_json(runs, comparison);
    return page.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace plumbline::report
