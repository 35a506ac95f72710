// SPDX-License-Identifier: Apache-2.0
#include "results/report/compare_data.hpp"

#include "results/printers/compare.hpp"
#include "results/printers/compare_json.hpp"
#include "results/report/json_parts.hpp"

namespace plumbline::report {

std::string compare_data(std::span<const ComparedRun> runs, const Comparison& comparison, Language language)
{
    Json page{{"kind", "compare"}, {"language", name(language)}, {"texts", texts_json()}};
    Json content = comparison_json(runs, comparison);
    // The page draws lines of a series; names of series are made in one place.
    for (std::size_t i = 0; i < comparison.cases.size(); ++i) {
        content["cases"][i]["series"] = said(series_of(comparison.cases[i].what));
        const WrittenRatio written = written_ratio(comparison.cases[i], comparison.worse_limit);
        content["cases"][i]["written"] = {{"ratio", written.ratio}, {"interval", written.interval}};
    }
    page["comparison"] = std::move(content);
    return page.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace plumbline::report
