#include "results/history/show_history.hpp"

#include "collectives/units.hpp"
#include "results/report/page.hpp"
#include "results/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <set>

namespace plumbline {
namespace {

using Json = nlohmann::ordered_json;
using text::printable;

bool is_bad(const TrendEvent& event)
{
    return event.kind == TrendKind::slower || event.kind == TrendKind::drop;
}

/// "12.1 us -> 14.0 us (+15.7 %)".
std::string change_text(const TrendEvent& event)
{
    return fmt::format("{} -> {} ({:+.1f} %)", format_seconds(event.before_s), format_seconds(event.after_s),
                       100 * event.change);
}

std::string event_text(const TrendEvent& event)
{
    const std::string evidence =
        event.kind == TrendKind::drop
            ? (event.runs_after == 1 ? std::string("one run alone; the next one confirms it or not")
                                     : fmt::format("{} runs in a row", event.runs_after))
            : fmt::format("{} before, {} since, p {}", event.runs_before, event.runs_after,
                          event.p_value < 1e-12 ? "< 1e-12" : fmt::format("{:.1g}", event.p_value));
    return fmt::format("{:<12} {}\n             {}, {} ({}); {}{}\n", name(event.kind), printable(event.key),
                       change_text(event), event.day, printable(event.file), evidence,
                       event.why.empty() ? "" : "; " + printable(event.why));
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
            {"after_s", event.after_s},
            {"change", event.change},
            {"p_value", event.kind == TrendKind::drop ? Json(nullptr) : Json(event.p_value)},
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

}  // namespace

void history_text(std::ostream& out, const RunIndex& index, const Trends& trends)
{
    for (const std::string& warning : index.warnings) {
        out << "left out: " << printable(warning) << '\n';
    }
    if (!index.runs.empty()) {
        out << fmt::format("{} from {} to {}, {} of cases", text::counted(index.runs.size(), "run"),
                           day_of(index.runs.front().started_unix_s), day_of(index.runs.back().started_unix_s),
                           trends.series.size() == 1 ? "1 series" : fmt::format("{} series", trends.series.size()));
        out << fmt::format(" on {}\n", text::counted(places(trends).size(), "set") + " of hosts");
    }
    for (const TrendKind kind :
         {TrendKind::drop, TrendKind::slower, TrendKind::acknowledged, TrendKind::faster, TrendKind::earlier}) {
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
        out << fmt::format("too short to tell a change (fewer than 4 runs): {} of {}\n", trends.too_short,
                           trends.series.size());
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
    std::map<std::pair<std::string, std::string>, std::string> failures;
    for (const TrendEvent& event : trends.events) {
        if (is_bad(event)) {
            failures[{event.key, event.where}] =
                fmt::format("{}: {} since {}", name(event.kind), change_text(event), event.day);
        }
    }
    out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n";
    out << fmt::format(
        "  <testsuite name=\"plumbline history\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"0\">\n",
        trends.series.size(), failures.size());
    for (const Series& series : trends.series) {
        const auto failed = failures.find({series.key, series.where});
        out << fmt::format("    <testcase classname=\"{}\" name=\"{}\">", report::html_text(series.where),
                           report::html_text(series.key));
        if (failed != failures.end()) {
            out << fmt::format("<failure message=\"{0}\">{0}</failure>", report::html_text(failed->second));
        }
        out << "</testcase>\n";
    }
    out << "  </testsuite>\n</testsuites>\n";
}

void history_prometheus(std::ostream& out, const RunIndex& index, const Trends& trends)
{
    std::set<std::pair<std::string, std::string>> bad;
    for (const TrendEvent& event : trends.events) {
        if (is_bad(event)) {
            bad.insert({event.key, event.where});
        }
    }
    const auto labels = [](const Series& series) {
        return fmt::format("{{case=\"{}\",hosts=\"{}\"}}", label(series.key), label(series.where));
    };
    out << "# HELP plumbline_median_seconds Median of the slowest rank's time in the last run.\n# TYPE "
           "plumbline_median_seconds gauge\n";
    for (const Series& series : trends.series) {
        out << fmt::format("plumbline_median_seconds{} {}\n", labels(series), series.median_s.back());
    }
    out << "# HELP plumbline_slower 1 where history found the case slower and nobody acknowledged it.\n# TYPE "
           "plumbline_slower gauge\n";
    for (const Series& series : trends.series) {
        out << fmt::format("plumbline_slower{} {}\n", labels(series), bad.contains({series.key, series.where}) ? 1 : 0);
    }
    out << "# HELP plumbline_last_run_timestamp_seconds Start of the last run.\n# TYPE "
           "plumbline_last_run_timestamp_seconds gauge\n";
    if (!index.runs.empty()) {
        out << fmt::format("plumbline_last_run_timestamp_seconds {:.0f}\n", index.runs.back().started_unix_s);
    }
}

}  // namespace plumbline
