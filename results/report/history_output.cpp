// SPDX-License-Identifier: Apache-2.0
#include "results/report/history_output.hpp"

#include "collectives/util/units.hpp"
#include "results/report/page.hpp"
#include "results/util/digits.hpp"
#include "results/util/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace plumbline {
namespace {

using Json = nlohmann::ordered_json;
using text::printable;

bool is_bad(const TrendEvent& event)
{
    return event.kind == TrendKind::slower || event.kind == TrendKind::drop;
}

/// "12.1 us -> 14.0 us (+15.7 %)"; "last 12.1 us, in 20 runs" of a case that is no longer measured.
std::string change_text(const TrendEvent& event)
{
    if (!event.after_s || !event.change) {
        return fmt::format("last {}, in {}", format_seconds(event.before_s), text::pluralize(event.runs_before, "run"));
    }
    // A change never reads as none.
    const auto texts = text::written_apart(std::array{event.before_s, *event.after_s},
                                           std::array{(event.before_s + *event.after_s) / 2}, text::with_unit_of_s());
    return fmt::format("{} -> {} ({:+.1f} %)", texts[0], texts[1], 100 * *event.change);
}

/// "+15.7 % since 2026-01-21", what a line for CI says of it.
std::string short_text(const TrendEvent& event)
{
    return event.after_s ? fmt::format("{}: {} since {}", name(event.kind), change_text(event), event.day)
                         : fmt::format("{}: {}; not measured since {} ({})", name(event.kind), change_text(event),
                                       event.day, event.why);
}

std::string event_text(const TrendEvent& event)
{
    const std::string why = event.why.empty() ? "" : "; " + printable(event.why);
    const std::string head =
        fmt::format("{:<12} {}\n             {}", name(event.kind), printable(event.key), change_text(event));
    if (!event.after_s) {
        return fmt::format("{}; not measured since {} ({}), {}{}\n", head, event.day, printable(event.file),
                           text::pluralize(event.runs_after, "run"), why);
    }
    const std::string evidence =
        event.kind == TrendKind::drop
            ? (event.runs_after == 1 ? std::string("one run alone; the next one confirms it or not")
                                     : fmt::format("{} runs in a row", event.runs_after))
            : fmt::format("{} before, {} since, p {}", event.runs_before, event.runs_after,
                          event.p_value < 1e-12 ? "< 1e-12" : fmt::format("{:.1g}", event.p_value));
    return fmt::format("{}{} {} ({}); {}{}\n", head, event.kind == TrendKind::slower ? " since" : ",", event.day,
                       printable(event.file), evidence, why);
}

std::set<std::string> places(const Trends& trends)
{
    std::set<std::string> all;
    for (const Series& series : trends.series) {
        all.insert(series.where);
    }
    return all;
}

Json event_json(const TrendEvent& event)
{
    return {{"kind", name(event.kind)},
            {"case", printable(event.key)},
            {"where", printable(event.where)},
            {"before_s", event.before_s},
            {"after_s", event.after_s ? Json(*event.after_s) : Json(nullptr)},
            {"change", event.change ? Json(*event.change) : Json(nullptr)},
            {"p_value", event.kind == TrendKind::drop || !event.after_s ? Json(nullptr) : Json(event.p_value)},
            {"runs_before", event.runs_before},
            {"runs_after", event.runs_after},
            {"file", printable(event.file)},
            {"day", event.day},
            {"why", printable(event.why)}};
}

/// A label's value in Prometheus' text format.
std::string label(std::string_view raw)
{
    std::string safe;
    for (const char c : printable(raw)) {
        if (c == '\\' || c == '"') {
            safe += '\\';
        }
        safe += c;
    }
    return safe;
}

/// The events of each series.
class EventsOfSeries {
public:
    explicit EventsOfSeries(const Trends& trends)
    {
        for (const TrendEvent& event : trends.events) {
            events_[{event.key, event.where}].push_back(&event);
        }
    }

    std::vector<const TrendEvent*> of(const Series& series, const auto& wanted) const
    {
        std::vector<const TrendEvent*> found;
        const auto all = events_.find({series.key, series.where});
        if (all != events_.end()) {
            std::copy_if(all->second.begin(), all->second.end(), std::back_inserter(found),
                         [&](const TrendEvent* event) { return wanted(*event); });
        }
        return found;
    }
    std::vector<const TrendEvent*> bad(const Series& series) const { return of(series, is_bad); }
    std::vector<const TrendEvent*> missing(const Series& series) const
    {
        return of(series, [](const TrendEvent& event) { return event.kind == TrendKind::missing; });
    }

private:
    std::map<std::pair<std::string_view, std::string_view>, std::vector<const TrendEvent*>> events_;
};

/// What is inside a test case: nothing of one that passed.
struct Outcome {
    std::string_view element, type;
    std::string message;
};

std::string messages(const std::vector<const TrendEvent*>& events)
{
    std::string text;
    for (const TrendEvent* event : events) {
        text += (text.empty() ? "" : "; ") + short_text(*event);
    }
    return text;
}

/// As the whole history's verdict has it, but for one that is too short, which nothing can be told of.
Outcome outcome_of(const Series& series, const EventsOfSeries& events)
{
    const std::string_view not_measured = name(Verdict::not_measured);
    if (const auto bad = events.bad(series); !bad.empty()) {
        return {"failure", name(Verdict::fail), messages(bad)};
    }
    if (const auto missing = events.missing(series); !missing.empty()) {
        return {"error", not_measured, messages(missing)};
    }
    if (!series.in_last_run) {
        return {"skipped", "", messages(events.of(series, [](const TrendEvent& event) {
                    return event.kind == TrendKind::acknowledged && !event.after_s;
                }))};
    }
    if (series.runs.size() < shortest_series) {
        return {"error", not_measured,
                fmt::format("too short to show a change: {} of {}", series.runs.size(),
                            text::pluralize(shortest_series, "run"))};
    }
    return {};
}

}  // namespace

void history_text(std::ostream& out, const RunIndex& index, const Trends& trends)
{
    for (const std::string& warning : index.warnings) {
        out << "left out: " << printable(warning) << '\n';
    }
    if (!index.runs.empty()) {
        out << fmt::format("{} from {} to {}, {} of cases", text::pluralize(index.runs.size(), "run"),
                           day_of(index.runs.front().started_unix_s), day_of(index.runs.back().started_unix_s),
                           trends.series.size() == 1 ? "1 series" : fmt::format("{} series", trends.series.size()));
        out << fmt::format(" on {}\n", text::pluralize(places(trends).size(), "set") + " of hosts");
    }
    for (const TrendKind kind : {TrendKind::drop, TrendKind::slower, TrendKind::missing, TrendKind::acknowledged,
                                 TrendKind::faster, TrendKind::earlier}) {
        for (const TrendEvent& event : trends.events) {
            if (event.kind == kind) {
                out << event_text(event);
            }
        }
    }
    if (trends.events.empty() && trends.too_short < trends.series.size()) {
        out << "no change\n";
    }
    if (trends.too_short > 0) {
        out << fmt::format("too short to show a change (fewer than {} runs): {} of {}\n", shortest_series,
                           trends.too_short, trends.series.size());
    }
    out << fmt::format("verdict: {}\n", name(trends.verdict));
}

void history_json(std::ostream& out, const RunIndex& index, const Trends& trends)
{
    Json all{{"verdict", name(trends.verdict)}, {"runs", Json::array()},         {"series", Json::array()},
             {"events", Json::array()},         {"too_short", trends.too_short}, {"warnings", Json::array()}};
    for (const IndexedRun& run : index.runs) {
        all["runs"].push_back({{"file", printable(run.file)},
                               {"name", printable(run.name)},
                               {"started_unix_s", run.started_unix_s},
                               {"where", printable(run.where)}});
    }
    for (const Series& series : trends.series) {
        all["series"].push_back({{"case", printable(series.key)},
                                 {"where", printable(series.where)},
                                 {"runs", series.runs},
                                 {"median_s", series.median_s}});
    }
    for (const TrendEvent& event : trends.events) {
        all["events"].push_back(event_json(event));
    }
    for (const std::string& warning : index.warnings) {
        all["warnings"].push_back(printable(warning));
    }
    out << all.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

void history_junit(std::ostream& out, const RunIndex&, const Trends& trends)
{
    const EventsOfSeries events(trends);
    std::ostringstream cases;
    std::map<std::string_view, std::size_t> counts;  // of each element
    for (const Series& series : trends.series) {
        cases << fmt::format("    <testcase classname=\"{}\" name=\"{}\">", report::html_text(series.where),
                             report::html_text(series.key));
        if (const Outcome outcome = outcome_of(series, events); !outcome.element.empty()) {
            ++counts[outcome.element];
            const std::string type = outcome.type.empty() ? "" : fmt::format(" type=\"{}\"", outcome.type);
            cases << fmt::format("<{0}{1} message=\"{2}\">{2}</{0}>", outcome.element, type,
                                 report::html_text(outcome.message));
        }
        cases << "</testcase>\n";
    }
    out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n";
    out << fmt::format(
        "  <testsuite name=\"plumbline history\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\">\n",
        trends.series.size(), counts["failure"], counts["error"], counts["skipped"]);
    out << cases.str() << "  </testsuite>\n</testsuites>\n";
}

void history_prometheus(std::ostream& out, const RunIndex& index, const Trends& trends)
{
    const EventsOfSeries events(trends);
    const auto gauge = [&](std::string_view metric, std::string_view help, const auto& value_of) {
        out << fmt::format("# HELP {0} {1}\n# TYPE {0} gauge\n", metric, help);
        for (const Series& series : trends.series) {
            // Of a case that was given up there is nothing to watch.
            const bool watched = series.in_last_run || !events.missing(series).empty() || !events.bad(series).empty();
            const std::optional<double> value = watched ? value_of(series) : std::nullopt;
            if (value) {
                out << fmt::format("{}{{case=\"{}\",hosts=\"{}\"}} {}\n", metric, label(series.key),
                                   label(series.where), *value);
            }
        }
    };
    gauge("plumbline_median_seconds", "Median of the slowest rank's time in the last run of the case's scenario.",
          [](const Series& s) { return s.in_last_run ? std::optional(s.median_s.back()) : std::nullopt; });
    gauge("plumbline_slower", "1 where history found the case slower and that is not acknowledged.",
          [&](const Series& s) { return std::optional(events.bad(s).empty() ? 0.0 : 1.0); });
    gauge("plumbline_missing",
          "1 where the last run of its scenario has no time for the case and that is not acknowledged.",
          [&](const Series& s) { return std::optional(events.missing(s).empty() ? 0.0 : 1.0); });
    out << "# HELP plumbline_last_run_timestamp_seconds Start of the last run.\n# TYPE "
           "plumbline_last_run_timestamp_seconds gauge\n";
    if (!index.runs.empty()) {
        out << fmt::format("plumbline_last_run_timestamp_seconds {:.0f}\n", index.runs.back().started_unix_s);
    }
}

}  // namespace plumbline
