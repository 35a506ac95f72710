// SPDX-License-Identifier: Apache-2.0
#include "results/report/history_data.hpp"
#include "results/history/trend_story.hpp"

#include "results/report/json_parts.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <string_view>
#include <utility>

namespace plumbline::report {
namespace {

/// Of older runs a page has the medians alone: intervals of thousands of nights would make it many megabytes.
constexpr std::size_t runs_with_intervals = 200;

Json event_json(const TrendEvent& event, double now_unix_s, std::size_t series)
{
    return {{"kind", name(event.kind)},
            {"series", series},
            {"before_s", number(event.before_s)},
            {"after_s", number(event.after_s)},
            {"change", number(event.change)},
            {"p_value", event.p_value == 1 ? Json(nullptr) : number(event.p_value)},
            {"runs_before", event.runs_before},
            {"runs_after", event.runs_after},
            {"file", text_of(event.file)},
            {"started_unix_s", event.unix_s},
            {"story", event.change ? said(story_of(event, now_unix_s)) : Json(nullptr)},
            {"why", text_of(event.why)}};
}

Json night_json(const Night& night)
{
    return {{"file", text_of(night.file)},
            {"verdict", verdict_name(night)},
            {"contract", said(contract_said(night))},
            {"change", said(change_said(night))},
            {"why", said(reason_said(night))}};
}

/// What the page says of its own accord, in all languages.
Json words_json()
{
    return {{"night", said(say("Night"))},
            {"contract", said(say("Contract"))},
            {"change", said(say("Change"))},
            {"broken", said(say("BROKEN"))},
            {"none", said(say("NOT JUDGED"))},
            {"of", said(say("of the night's contract and of change"))},
            {"of_change", said(say("of change alone"))},
            {"index", said(say("All series"))},
            {"search", said(say("Search case or hosts"))},
            {"found", said(say("{} of {} series", "{n}", "{all}"))},
            {"state", said(say("State"))},
            {"as_usual", said(say("as usual"))},
            {"nights", said(say("Nights"))},
            {"recovered", said(say("recovered"))},
            {"newest", said(say("newest {} nights", "{n}"))},
            {"all", said(say("all {} nights", "{n}"))},
            {"merged", said(say("Each point is the median of {} nights in a row; the band is from the fastest to the "
                                "slowest of them.",
                                "{n}"))},
            {"not_from_zero", said(say("axis doesn't begin at 0"))},
            {"from_zero", said(say("axis from 0"))},
            {"chosen", said(say("The chosen series"))},
            {"recent", said(say("Newest nights"))}};
}

/// Six digits are more than an interval has, and four keep a page of two thousand nights small.
Json four_digits(double value)
{
    if (!std::isfinite(value) || value == 0) {
        return number(value);
    }
    const double scale = std::pow(10.0, 3 - std::floor(std::log10(std::abs(value))));
    return std::round(value * scale) / scale;
}

/// [run, median], with [.., low, high] from run `first` on.
Json points_of(const Series& series, std::size_t first)
{
    Json points = Json::array();
    for (std::size_t i = 0; i < series.runs.size(); ++i) {
        if (series.runs[i] >= first) {
            points.push_back(
                {series.runs[i], number(series.median_s[i]), number(series.low_s[i]), number(series.high_s[i])});
        } else {
            points.push_back({series.runs[i], four_digits(series.median_s[i])});
        }
    }
    return points;
}

}  // namespace

std::string history_data(const RunIndex& index, const Trends& trends, Language language,
                         const std::optional<Night>& night)
{
    const std::size_t first = index.runs.size() - std::min(index.runs.size(), runs_with_intervals);
    Json page{{"kind", "history"},
              {"language", name(language)},
              {"texts", texts_json()},
              {"words", words_json()},
              {"verdict", night ? verdict_name(*night) : name(trends.verdict)},
              {"night", night ? night_json(*night) : Json(nullptr)},
              {"all_runs", index.runs.size()},
              {"too_short", trends.too_short},
              {"runs", Json::array()},
              {"series", Json::array()},
              {"events", Json::array()},
              {"warnings", Json::array()}};
    for (const IndexedRun& run : index.runs) {
        page["runs"].push_back({{"file", text_of(run.file)},
                                {"name", text_of(run.name)},
                                {"started_unix_s", run.started_unix_s},
                                {"library", text_of(run.library)}});
    }
    const double now = index.runs.empty() ? 0 : index.runs.back().started_unix_s;
    std::map<std::pair<std::string, std::string>, std::size_t> position;
    for (const Series& series : trends.series) {
        position[{series.key, series.where}] = page["series"].size();
        page["series"].push_back({{"case", said(recognised(series.key))},
                                  {"where", text_of(series.where)},
                                  {"all_runs", series.runs.size()},
                                  {"points", points_of(series, first)}});
    }
    for (const TrendEvent& event : trends.events) {
        page["events"].push_back(event_json(event, now, position.at({event.key, event.where})));
    }
    for (const std::string& warning : index.warnings) {
        page["warnings"].push_back(text_of(warning));
    }
    return page.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace plumbline::report
