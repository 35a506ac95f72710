// SPDX-License-Identifier: Apache-2.0
#include "results/printers/show.hpp"
#include "results/records/metric.hpp"
#include "results/util/text.hpp"
#include "results/verdicts/settle.hpp"
#include "results/verdicts/written_numbers.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace plumbline {
namespace {

using Json = nlohmann::ordered_json;
using text::printable;

constexpr std::string_view simulated_line = "simulated: not a measurement of this machine";

/// The row of the finding's metric; an empty row for a finding about the whole run.
MetricInfo info_of(const Finding& finding)
{
    return finding.metric ? info(*finding.metric) : MetricInfo{Metric::unmeasured, "", "", false, "", ""};
}

bool asks_for_more(const Finding& finding)
{
    return finding.metric == Metric::unmeasured;
}

std::string base_text(const Finding& finding)
{
    if (finding.base_ranks == 0) {
        return finding.basis.empty() ? "" : fmt::format(" ({})", printable(finding.basis));
    }
    const std::string_view held_fixed = info_of(finding).held_fixed;
    const std::string base =
        finding.base_in_nodes
            ? fmt::format("{} of {}", text::pluralize(static_cast<std::size_t>(finding.base_nodes), "node"),
                          text::rank_count(finding.base_ranks))
            : text::rank_count(finding.base_ranks);
    if (!finding.base_value) {
        return fmt::format(" (base {}, {} fixed)", base, held_fixed);
    }
    return fmt::format(" (base {}: {}, {} fixed)", base, text::quantity(*finding.base_value, finding.base_unit),
                       held_fixed);
}

/// "2 ranks" where that identifies the case, else the case in full.
std::string place_text(const Finding& finding, const Judgement& judgement)
{
    const auto same = std::count_if(judgement.findings.begin(), judgement.findings.end(), [&](const Finding& other) {
        return other.target == finding.target && other.ranks == finding.ranks;
    });
    const bool relative = info_of(finding).relative;
    return finding.ranks > 0 && relative && same == 1 ? text::rank_count(finding.ranks) : printable(finding.at);
}

std::string finding_text(const Finding& finding, const Judgement& judgement)
{
    if (!finding.metric || finding.metric == Metric::unmeasured) {
        return fmt::format("{}: {}", printable(finding.target), printable(finding.why));
    }
    std::string text = fmt::format("{}: {} at {}{}", printable(finding.target), measured_text(finding),
                                   place_text(finding, judgement), base_text(finding));
    return finding.why.empty() ? text : fmt::format("{}: {}", text, printable(finding.why));
}

std::string xml(std::string_view raw)
{
    std::string escaped;
    for (const char c : printable(raw)) {
        switch (c) {
            case '&':
                escaped += "&amp;";
                break;
            case '<':
                escaped += "&lt;";
                break;
            case '>':
                escaped += "&gt;";
                break;
            case '"':
                escaped += "&quot;";
                break;
            default:
                escaped += c;
        }
    }
    return escaped;
}

Json optional_number(const std::optional<double>& value)
{
    return value ? Json(*value) : Json(nullptr);
}

Json finding_json(const Finding& finding)
{
    const auto& interval = finding.value.interval;
    return {{"target", finding.target},
            {"metric", finding.metric ? Json(info(*finding.metric).name) : Json(nullptr)},
            {"unit", info_of(finding).unit},
            {"at", finding.at},
            {"case_id", finding.case_id < 0 ? Json(nullptr) : Json(finding.case_id)},
            {"ranks", finding.ranks == 0 ? Json(nullptr) : Json(finding.ranks)},
            {"base_ranks", finding.base_ranks == 0 ? Json(nullptr) : Json(finding.base_ranks)},
            {"base_nodes", finding.base_nodes == 0 ? Json(nullptr) : Json(finding.base_nodes)},
            {"base_value", optional_number(finding.base_value)},
            {"base_unit", finding.base_unit},
            {"held_fixed", info_of(finding).held_fixed},
            {"basis", finding.basis},
            {"definition", finding.definition},
            {"bound", finding.bound},
            {"estimate", optional_number(finding.value.estimate)},
            {"ci_low", optional_number(interval ? std::optional(interval->low) : std::nullopt)},
            {"ci_high", optional_number(interval ? std::optional(interval->high) : std::nullopt)},
            {"verdict", name(finding.verdict)},
            {"on_point_value", finding.on_point_value},
            {"why", finding.why}};
}

/// CI systems show nothing but failures and errors as not green, so INCONCLUSIVE is a failure of its own type.
std::string junit_outcome(const Finding& finding, const std::string& message)
{
    if (finding.verdict == Verdict::pass) {
        return "";
    }
    const std::string_view element = finding.verdict == Verdict::not_measured ? "error" : "failure";
    return fmt::format("      <{0} type=\"{1}\" message=\"{2}\">{2}</{0}>\n", element, name(finding.verdict),
                       xml(message));
}

/// The definitions that targets give, each target once.
std::vector<std::pair<std::string, std::string>> definitions(const Judgement& judgement)
{
    std::vector<std::pair<std::string, std::string>> all;
    for (const Finding& finding : judgement.findings) {
        if (!finding.definition.empty() &&
            std::ranges::find(all, finding.target, &decltype(all)::value_type::first) == all.end()) {
            all.emplace_back(finding.target, finding.definition);
        }
    }
    return all;
}

/// "verdict: PASS", with its qualifications.
std::string closing_line(const Judgement& judgement, std::string_view remark)
{
    std::vector<std::string> remarks;
    if (!remark.empty()) {
        remarks.emplace_back(remark);
    }
    if (!judgement.verdict) {
        remarks.insert(remarks.begin(), "no targets");
        return fmt::format("{} ({})\n", not_judged, fmt::join(remarks, ", "));
    }
    if (judgement.on_point_values) {
        remarks.emplace_back("on point values: no samples, no intervals");
    }
    const auto unmeasured = static_cast<std::size_t>(std::ranges::count_if(judgement.findings, asks_for_more));
    if (const auto rest = verdict_of_what_can_be_measured(judgement); unmeasured > 0 && rest) {
        remarks.push_back(fmt::format("{} but for {} that nothing here measures", name(*rest),
                                      text::pluralize(unmeasured, "target")));
    }
    return fmt::format("verdict: {}{}\n", name(*judgement.verdict),
                       remarks.empty() ? "" : fmt::format(" ({})", fmt::join(remarks, "; ")));
}

}  // namespace

void check_text(std::ostream& out, const Judgement& judgement, bool simulated)
{
    for (const Finding& finding : judgement.findings) {
        if (!asks_for_more(finding)) {
            out << fmt::format("{:<13} {}\n", name(finding.verdict), finding_text(finding, judgement));
        }
    }
    for (const TargetOutcome& outcome : target_outcomes(judgement)) {
        if (outcome.findings > 1) {
            out << fmt::format("{}: {}\n", printable(outcome.target), outcome_text(outcome));
        }
    }
    for (const auto& [target, definition] : definitions(judgement)) {
        out << fmt::format("{} means {}\n", printable(target), printable(definition));
    }
    if (std::ranges::any_of(judgement.findings, asks_for_more)) {
        out << "asked for, and not measured by this program:\n";
    }
    for (const Finding& finding : judgement.findings) {
        if (asks_for_more(finding)) {
            out << fmt::format("  {}\n", finding_text(finding, judgement));
        }
    }
    if (simulated) {
        out << simulated_line << '\n';
    }
    out << closing_line(judgement, {});
}

void verdict_text(std::ostream& out, const Judgement& judgement, bool simulated)
{
    out << closing_line(judgement, simulated ? "simulated" : "");
}

void check_json(std::ostream& out, const RunMetadata& info, const Judgement& judgement)
{
    Json all;
    const auto word = [](std::optional<Verdict> verdict) { return verdict ? Json(name(*verdict)) : Json(nullptr); };
    all["verdict"] = word(judgement.verdict);
    all["verdict_of_what_can_be_measured"] = word(verdict_of_what_can_be_measured(judgement));
    all["run"] = info.name;
    all["simulated"] = info.simulated;
    all["on_point_values"] = judgement.on_point_values;
    all["stand_in"] = info.fake_library;
    all["confidence"] = info.confidence;
    all["findings"] = Json::array();
    for (const Finding& finding : judgement.findings) {
        all["findings"].push_back(finding_json(finding));
    }
    all["targets"] = Json::array();
    for (const TargetOutcome& outcome : target_outcomes(judgement)) {
        all["targets"].push_back({{"target", outcome.target},
                                  {"verdict", name(outcome.verdict)},
                                  {"findings", outcome.findings},
                                  {"with_verdict", outcome.with_verdict},
                                  {"worst_at", outcome.worst == nullptr ? Json(nullptr) : Json(outcome.worst->at)}});
    }
    out << all.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

void check_junit(std::ostream& out, const RunMetadata& info, const Judgement& judgement)
{
    const auto count = [&](Verdict verdict) {
        return std::count_if(judgement.findings.begin(), judgement.findings.end(),
                             [&](const Finding& finding) { return finding.verdict == verdict; });
    };
    const std::string run = xml(info.name);
    out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n";
    const std::size_t skipped = judgement.findings.empty() ? 1 : 0;
    out << fmt::format("  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\">\n", run,
                       judgement.findings.size() + skipped, count(Verdict::fail) + count(Verdict::inconclusive),
                       count(Verdict::not_measured), skipped);
    out << fmt::format(
        "    <properties>\n      <property name=\"verdict\" value=\"{}\"/>\n"
        "      <property name=\"simulated\" value=\"{}\"/>\n"
        "      <property name=\"stand_in\" value=\"{}\"/>\n    </properties>\n",
        judgement.verdict ? name(*judgement.verdict) : "NOT_JUDGED", info.simulated, info.fake_library);
    if (skipped > 0) {
        out << fmt::format(
            "    <testcase classname=\"plumbline.{}\" name=\"targets\">\n      <skipped message=\"{} (no targets)\"/>\n"
            "    </testcase>\n",
            run, not_judged);
    }
    for (const Finding& finding : judgement.findings) {
        const std::string message = finding_text(finding, judgement);
        out << fmt::format(
            "    <testcase classname=\"plumbline.{}\" name=\"{}: {}\">\n{}      <system-out>{}"
            "</system-out>\n    </testcase>\n",
            run, xml(finding.target), xml(finding.at), junit_outcome(finding, message), xml(message));
    }
    if (info.simulated) {
        out << fmt::format("    <system-out>{}</system-out>\n", simulated_line);
    }
    out << "  </testsuite>\n</testsuites>\n";
}

}  // namespace plumbline
