// SPDX-License-Identifier: Apache-2.0
#include "results/report/history_output.hpp"
#include "results/history/trend_story.hpp"

#include "collectives/util/units.hpp"
#include "results/report/page.hpp"
#include "results/util/digits.hpp"
#include "results/util/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
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

/// "2026-11-12 02:15", UTC.
std::string minute_of(double unix_s)
{
    const double day = 86400;
    const auto minutes = static_cast<int>(std::fmod(std::max(unix_s, 0.0), day)) / 60;
    return fmt::format("{} {:02}:{:02}", day_of(unix_s), minutes / 60, minutes % 60);
}

bool is_bad(const TrendEvent& event)
{
    return event.kind == TrendKind::slower || event.kind == TrendKind::drop;
}

Sentence runs_said(std::size_t runs)
{
    return count_said(static_cast<long long>(runs), "{} run", "{} runs");
}

/// "12.1 us -> 14.0 us (+15.7 %)"; "last 12.1 us, in 20 runs" of a case that is no longer measured.
Sentence change_told(const TrendEvent& event)
{
    if (!event.after_s || !event.change) {
        return say("last {}, in {}", format_seconds(event.before_s), runs_said(event.runs_before));
    }
    // A change never reads as none.
    const auto texts = text::written_apart(std::array{event.before_s, *event.after_s},
                                           std::array{(event.before_s + *event.after_s) / 2}, text::with_unit_of_s());
    return say("{} -> {} ({:+.1f} %)", texts[0], texts[1], 100 * *event.change);
}

/// "+15.7 % since 2026-01-21", what a line for CI says of it.
std::string short_text(const TrendEvent& event)
{
    const std::string change = change_told(event).english();
    return event.after_s
               ? fmt::format("{}: {} since {}", name(event.kind), change, event.day)
               : fmt::format("{}: {}; not measured since {} ({})", name(event.kind), change, event.day, event.why);
}

/// Since when, in which run, and by which evidence.
Sentence evidence_told(const TrendEvent& event)
{
    const Sentence change = change_told(event);
    const std::string since = minute_of(event.unix_s);
    const std::string file = printable(event.file);
    if (!event.after_s) {
        return say("{}; not measured since {} ({}), {}", change, since, file, runs_said(event.runs_after));
    }
    const bool alone = event.kind == TrendKind::drop || (event.kind == TrendKind::recovered && event.p_value == 1);
    const Sentence evidence = !alone ? say("{} before, {} since, p {}", event.runs_before, event.runs_after,
                                           event.p_value < 1e-12 ? "< 1e-12" : fmt::format("{:.1g}", event.p_value))
                              : event.runs_after == 1 ? say("one run alone; the next one confirms it or not")
                                                      : say("{} runs in a row", event.runs_after);
    const Sentence told = event.kind == TrendKind::slower ? say("{} since {} ({}); {}", change, since, file, evidence)
                                                          : say("{}, {} ({}); {}", change, since, file, evidence);
    return event.recovered_unix_s
               ? say("{}; recovered {} ({})", told, minute_of(*event.recovered_unix_s), printable(event.recovered_file))
               : told;
}

std::string event_text(const TrendEvent& event, double now_unix_s, Language language)
{
    constexpr std::size_t column = 13;
    const std::string indent(column, ' ');
    const std::string kind = in(language, word(name(event.kind)));
    const std::string space(column - std::min(column - 1, text::width(kind)), ' ');
    const Sentence evidence = evidence_told(event);
    std::string text = kind + space + printable(in(language, event.key)) + "\n";
    if (event.change) {
        text += indent + in(language, story_of(event, now_unix_s)) + "\n";
    }
    return text + indent +
           printable(in(language, event.why.empty() ? evidence : say("{}; {}", evidence, Sentence(event.why)))) + "\n";
}

double newest_of(const RunIndex& index)
{
    return index.runs.empty() ? 0 : index.runs.back().started_unix_s;
}

std::set<std::string> places(const Trends& trends)
{
    std::set<std::string> all;
    for (const Series& series : trends.series) {
        all.insert(series.where);
    }
    return all;
}

Json event_json(const TrendEvent& event, double now_unix_s)
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
            {"started_unix_s", event.unix_s},
            {"recovered_unix_s", event.recovered_unix_s ? Json(*event.recovered_unix_s) : Json(nullptr)},
            {"story", event.change ? Json(story_of(event, now_unix_s).english()) : Json(nullptr)},
            {"why", printable(event.why)}};
}

Json verdict_json(const std::optional<Verdict>& verdict)
{
    return verdict ? Json(name(*verdict)) : Json(nullptr);
}

Json night_json(const Night& night)
{
    Json targets = Json::array();
    for (const std::string& target : night.named) {
        targets.push_back(printable(target));
    }
    return {{"file", printable(night.file)},
            {"verdict", verdict_name(night)},
            {"status", exit_status(night)},
            {"contract", verdict_json(night.contract)},
            {"targets", std::move(targets)},
            {"change", verdict_json(night.change)},
            {"why", printable(reason_said(night).english())},
            {"unconfirmed", night.unconfirmed}};
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

/// Whether series that are too short to tell a change are the verdict.
enum class TooShort : bool { decide, leave_out };

/// As the whole history's verdict has it, but for one that is too short, which nothing can be told of.
Outcome outcome_of(const Series& series, const EventsOfSeries& events, TooShort short_ones)
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
        return {short_ones == TooShort::decide ? "error" : "skipped",
                short_ones == TooShort::decide ? not_measured : "",
                fmt::format("too short to show a change: {} of {}", series.runs.size(),
                            text::pluralize(shortest_series, "run"))};
    }
    return {};
}

/// Contract and change of a night as test cases, or that its run broke.
std::string night_suite(const Night& night)
{
    std::string cases;
    std::size_t failures = 0;
    std::size_t errors = 0;
    std::size_t skipped = 0;
    const auto add = [&](std::string_view what, const std::optional<Verdict>& verdict, const std::string& said) {
        const bool failed = verdict == Verdict::fail;
        const std::string_view element = !verdict ? "skipped" : failed ? "failure" : "error";
        cases += fmt::format("    <testcase classname=\"night\" name=\"{}\">", what);
        if (verdict != Verdict::pass) {
            (!verdict ? skipped : failed ? failures : errors) += 1;
            const std::string type = verdict ? fmt::format(" type=\"{}\"", name(*verdict)) : "";
            cases += fmt::format("<{0}{1} message=\"{2}\">{2}</{0}>", element, type, report::html_text(said));
        }
        cases += "</testcase>\n";
    };
    std::size_t count = 2;
    if (night.broke != 0) {
        count = errors = 1;
        cases = fmt::format(
            "    <testcase classname=\"night\" name=\"run\"><error type=\"BROKEN\" message=\"{0}\">{0}"
            "</error></testcase>\n",
            report::html_text(reason_said(night).english()));
    } else {
        add("contract", night.contract, contract_said(night).english());
        add("change", night.change, change_said(night).english());
    }
    return fmt::format(
        "  <testsuite name=\"plumbline night\" tests=\"{}\" failures=\"{}\" errors=\"{}\" "
        "skipped=\"{}\">\n{}  </testsuite>\n",
        count, failures, errors, skipped, cases);
}

}  // namespace

void history_text(std::ostream& out, const RunIndex& index, const Trends& trends, const std::optional<Night>& night,
                  Language language)
{
    const auto line = [&](const Sentence& sentence) { out << printable(in(language, sentence)) << '\n'; };
    for (const std::string& warning : index.warnings) {
        line(say("left out: {}", Sentence(warning)));
    }
    if (!index.runs.empty()) {
        line(say("{} from {} to {} UTC, {} of cases on {}", runs_said(index.runs.size()),
                 minute_of(index.runs.front().started_unix_s), minute_of(newest_of(index)),
                 count_said(static_cast<long long>(trends.series.size()), "{} series", "{} series"),
                 count_said(static_cast<long long>(places(trends).size()), "{} set of hosts", "{} sets of hosts")));
    }
    for (const TrendKind kind : {TrendKind::drop, TrendKind::slower, TrendKind::missing, TrendKind::acknowledged,
                                 TrendKind::recovered, TrendKind::faster, TrendKind::earlier}) {
        for (const TrendEvent& event : trends.events) {
            if (event.kind == kind) {
                out << event_text(event, newest_of(index), language);
            }
        }
    }
    if (trends.events.empty() && trends.too_short < trends.series.size()) {
        line(say("no change"));
    }
    if (trends.too_short > 0) {
        line(say("too short to show a change (fewer than {} runs): {} of {}", shortest_series, trends.too_short,
                 trends.series.size()));
    }
    if (night) {
        line(say("night: {}", printable(night->file)));
        line(say("contract: {}", contract_said(*night)));
        line(say("change: {}", change_said(*night)));
        line(say("verdict: {} ({})", word(verdict_name(*night)), reason_said(*night)));
    } else {
        line(say("verdict: {} (of change)", word(name(trends.verdict))));
    }
}

void history_json(std::ostream& out, const RunIndex& index, const Trends& trends, const std::optional<Night>& night)
{
    Json all{{"verdict", night ? verdict_name(*night) : name(trends.verdict)},
             {"of", night ? "night" : "change"},
             {"night", night ? night_json(*night) : Json(nullptr)},
             {"runs", Json::array()},
             {"series", Json::array()},
             {"events", Json::array()},
             {"too_short", trends.too_short},
             {"warnings", Json::array()}};
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
        all["events"].push_back(event_json(event, newest_of(index)));
    }
    for (const std::string& warning : index.warnings) {
        all["warnings"].push_back(printable(warning));
    }
    out << all.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

std::string told_json(const std::string& text, const std::string& identity, const RunIndex& index, const Trends& trends,
                      const std::optional<Night>& night)
{
    Json told{{"identity", identity},
              {"text", printable(text)},
              {"verdict", night ? verdict_name(*night) : name(trends.verdict)},
              {"night", night ? night_json(*night) : Json(nullptr)},
              {"events", Json::array()}};
    for (const TrendEvent& event : trends.events) {
        if (is_bad(event) || event.kind == TrendKind::missing) {
            told["events"].push_back(event_json(event, newest_of(index)));
        }
    }
    return told.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

void history_junit(std::ostream& out, const RunIndex&, const Trends& trends, const std::optional<Night>& night)
{
    const EventsOfSeries events(trends);
    const bool decides = !night && !trends.series.empty() && trends.too_short == trends.series.size();
    const TooShort short_ones = decides ? TooShort::decide : TooShort::leave_out;
    std::ostringstream cases;
    std::map<std::string_view, std::size_t> counts;  // of each element
    for (const Series& series : trends.series) {
        cases << fmt::format("    <testcase classname=\"{}\" name=\"{}\">", report::html_text(series.where),
                             report::html_text(series.key));
        if (const Outcome outcome = outcome_of(series, events, short_ones); !outcome.element.empty()) {
            ++counts[outcome.element];
            const std::string type = outcome.type.empty() ? "" : fmt::format(" type=\"{}\"", outcome.type);
            cases << fmt::format("<{0}{1} message=\"{2}\">{2}</{0}>", outcome.element, type,
                                 report::html_text(outcome.message));
        }
        cases << "</testcase>\n";
    }
    out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n";
    if (night) {
        out << night_suite(*night);
    }
    out << fmt::format(
        "  <testsuite name=\"plumbline history\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\">\n",
        trends.series.size(), counts["failure"], counts["error"], counts["skipped"]);
    out << cases.str() << "  </testsuite>\n</testsuites>\n";
}

void history_prometheus(std::ostream& out, const RunIndex& index, const Trends& trends,
                        const std::optional<Night>& night)
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
    gauge("plumbline_change_ratio", "Time now against the accepted level, minus 1, where the case is slower; else 0.",
          [&](const Series& s) {
              const auto bad = events.bad(s);
              return std::optional(bad.empty() ? 0.0 : bad.front()->change.value_or(0));
          });
    gauge("plumbline_slower", "1 where history found the case slower and that is not acknowledged.",
          [&](const Series& s) { return std::optional(events.bad(s).empty() ? 0.0 : 1.0); });
    gauge("plumbline_missing",
          "1 where the last run of its scenario has no time for the case and that is not acknowledged.",
          [&](const Series& s) { return std::optional(events.missing(s).empty() ? 0.0 : 1.0); });
    out << "# HELP plumbline_status Exit status of what is judged: 0 PASS, 1 FAIL, 3 INCONCLUSIVE, 4 NOT_MEASURED, 5 "
           "broken.\n# TYPE plumbline_status gauge\n";
    if (night) {
        out << fmt::format("plumbline_status{{of=\"night\"}} {}\n", exit_status(*night));
        const auto judged = [&](std::string_view of, const std::optional<Verdict>& verdict) {
            if (verdict && night->broke == 0) {
                out << fmt::format("plumbline_status{{of=\"{}\"}} {}\n", of, exit_status(verdict));
            }
        };
        judged("contract", night->contract);
        judged("change", night->change);
    } else {
        out << fmt::format("plumbline_status{{of=\"change\"}} {}\n", exit_status(trends.verdict));
    }
    out << "# HELP plumbline_last_run_timestamp_seconds Start of the last run.\n# TYPE "
           "plumbline_last_run_timestamp_seconds gauge\n";
    if (!index.runs.empty()) {
        out << fmt::format("plumbline_last_run_timestamp_seconds {:.0f}\n", index.runs.back().started_unix_s);
    }
}

}  // namespace plumbline
