// SPDX-License-Identifier: Apache-2.0
#include "results/report/history_data.hpp"

#include "results/report/json_parts.hpp"

#include <algorithm>
#include <map>
#include <span>
#include <utility>

namespace plumbline::report {
namespace {

/// More nights are no picture any more, and would make a page of many megabytes.
constexpr std::size_t most_runs = 200;

Json event_json(const TrendEvent& event, std::size_t series)
{
    return {{"kind", name(event.kind)},
            {"series", series},
            {"before_s", number(event.before_s)},
            {"after_s", number(event.after_s)},
            {"change", number(event.change)},
            {"p_value", event.kind == TrendKind::drop ? Json(nullptr) : number(event.p_value)},
            {"runs_before", event.runs_before},
            {"runs_after", event.runs_after},
            {"file", text_of(event.file)},
            {"day", event.day},
            {"why", text_of(event.why)}};
}

/// [run, median, low, high] of those from run `first` on, counted from there.
Json points_of(const Series& series, std::size_t first)
{
    Json points = Json::array();
    for (std::size_t i = 0; i < series.runs.size(); ++i) {
        if (series.runs[i] >= first) {
            points.push_back({series.runs[i] - first, number(series.median_s[i]), number(series.low_s[i]),
                              number(series.high_s[i])});
        }
    }
    return points;
}

}  // namespace

std::string history_data(const RunIndex& index, const Trends& trends, Language language)
{
    const std::size_t first = index.runs.size() - std::min(index.runs.size(), most_runs);
    Json page{{"kind", "history"},
              {"language", name(language)},
              {"texts", texts_json()},
              {"verdict", name(trends.verdict)},
              {"all_runs", index.runs.size()},
              {"too_short", trends.too_short},
              {"runs", Json::array()},
              {"series", Json::array()},
              {"events", Json::array()},
              {"warnings", Json::array()}};
    for (const IndexedRun& run : std::span(index.runs).subspan(first)) {
        page["runs"].push_back({{"file", text_of(run.file)},
                                {"name", text_of(run.name)},
                                {"started_unix_s", run.started_unix_s},
                                {"library", text_of(run.library)}});
    }
    std::map<std::pair<std::string, std::string>, std::size_t> position;
    for (const Series& series : trends.series) {
        position[{series.key, series.where}] = page["series"].size();
        page["series"].push_back({{"case", text_of(series.key)},
                                  {"where", text_of(series.where)},
                                  {"all_runs", series.runs.size()},
                                  {"points", points_of(series, first)}});
    }
    for (const TrendEvent& event : trends.events) {
        page["events"].push_back(event_json(event, position.at({event.key, event.where})));
    }
    for (const std::string& warning : index.warnings) {
        page["warnings"].push_back(text_of(warning));
    }
    return page.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace plumbline::report
