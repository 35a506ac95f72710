// SPDX-License-Identifier: Apache-2.0
#include "results/printers/show.hpp"
#include "results/records/metric.hpp"
#include "results/util/json_number.hpp"
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

Sentence simulated_line()
{
    return say("simulated: not a measurement of this machine");
}

/// The row of the finding's metric; an empty row for a finding about the whole run.
MetricInfo info_of(const Finding& finding)
{
    return finding.metric ? info(*finding.metric) : MetricInfo{Metric::unmeasured, "", "", false, "", ""};
}

bool asks_for_more(const Finding& finding)
{
    return finding.metric == Metric::unmeasured;
}

Sentence base_text(const Finding& finding)
{
    if (finding.base_ranks == 0) {
        return finding.basis.empty() ? Sentence() : say(" ({})", finding.basis);
    }
    const Sentence held_fixed = word(info_of(finding).held_fixed);
    const Sentence base = finding.base_in_nodes
                              ? say("{} of {}", nodes_said(finding.base_nodes), ranks_said(finding.base_ranks))
                              : ranks_said(finding.base_ranks);
    if (!finding.base_value) {
        return say(" (base {}, {} fixed)", base, held_fixed);
    }
    return say(" (base {}: {}, {} fixed)", base, text::quantity(*finding.base_value, finding.base_unit), held_fixed);
}

/// "2 ranks" where that identifies the case, else the case in full.
Sentence place_text(const Finding& finding, const Judgement& judgement)
{
    const auto same = std::count_if(judgement.findings.begin(), judgement.findings.end(), [&](const Finding& other) {
        return other.target == finding.target && other.ranks == finding.ranks;
    });
    const bool relative = info_of(finding).relative;
    return finding.ranks > 0 && relative && same == 1 ? ranks_said(finding.ranks) : finding.at;
}

Sentence finding_text(const Finding& finding, const Judgement& judgement)
{
    if (!finding.metric || finding.metric == Metric::unmeasured) {
        return say("{}: {}", verbatim(finding.target), finding.why);
    }
    const Sentence text = say("{}: {} at {}{}", verbatim(finding.target), measured_text(finding),
                              place_text(finding, judgement), base_text(finding));
    return finding.why.empty() ? text : say("{}: {}", text, finding.why);
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

Json finding_json(const Finding& finding)
{
    const auto& interval = finding.value.interval;
    return {{"target", finding.target},
            {"metric", finding.metric ? Json(info(*finding.metric).name) : Json(nullptr)},
            {"unit", info_of(finding).unit},
            {"at", finding.at.english()},
            {"case_id", finding.case_id < 0 ? Json(nullptr) : Json(finding.case_id)},
            {"ranks", finding.ranks == 0 ? Json(nullptr) : Json(finding.ranks)},
            {"base_ranks", finding.base_ranks == 0 ? Json(nullptr) : Json(finding.base_ranks)},
            {"base_nodes", finding.base_nodes == 0 ? Json(nullptr) : Json(finding.base_nodes)},
            {"base_value", json_number(finding.base_value)},
            {"base_unit", finding.base_unit},
            {"held_fixed", info_of(finding).held_fixed},
            {"basis", finding.basis.english()},
            {"definition", finding.definition},
            {"bound", finding.bound},
            {"estimate", json_number(finding.value.estimate)},
            {"ci_low", json_number(interval ? std::optional(interval->low) : std::nullopt)},
            {"ci_high", json_number(interval ? std::optional(interval->high) : std::nullopt)},
            {"verdict", name(finding.verdict)},
            {"on_point_value", finding.on_point_value},
            {"why", finding.why.english()}};
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
Sentence closing_line(const Judgement& judgement, const Sentence& remark)
{
    std::vector<Sentence> remarks;
    if (!remark.empty()) {
        remarks.push_back(remark);
    }
    if (!judgement.verdict) {
        remarks.insert(remarks.begin(), say("no targets"));
        return say("{} ({})", word(not_judged), list_of(remarks));
    }
    if (judgement.on_point_values) {
        remarks.push_back(say("on point values: no samples, no intervals"));
    }
    const auto unmeasured = std::ranges::count_if(judgement.findings, asks_for_more);
    if (const auto rest = verdict_of_what_can_be_measured(judgement); unmeasured > 0 && rest) {
        const Sentence targets = count_said(unmeasured, "{} target", "{} targets");
        remarks.push_back(rest == judgement.verdict
                              ? say("and {} that nothing here measures", targets)
                              : say("{} but for {} that nothing here measures", word(name(*rest)), targets));
    }
    Sentence all;
    for (const Sentence& one : remarks) {
        all = all.empty() ? one : say("{}; {}", all, one);
    }
    const Sentence verdict = say("verdict: {}", word(name(*judgement.verdict)));
    return all.empty() ? verdict : say("{} ({})", verdict, all);
}

constexpr std::size_t verdict_width = 13;

}  // namespace

void check_text(std::ostream& out, const Judgement& judgement, bool simulated, Language language)
{
    const auto line = [&](const Sentence& sentence) { return printable(in(language, sentence)) + "\n"; };
    for (const Finding& finding : judgement.findings) {
        if (!asks_for_more(finding)) {
            const std::string verdict = in(language, word(name(finding.verdict)));
            out << verdict << std::string(verdict_width - std::min(verdict_width, text::width(verdict)), ' ') << ' '
                << line(finding_text(finding, judgement));
        }
    }
    for (const TargetOutcome& outcome : target_outcomes(judgement)) {
        if (outcome.findings > 1) {
            out << line(say("{}: {}", verbatim(outcome.target), outcome_text(outcome)));
        }
    }
    for (const Explanation& one : judgement.explanations) {
        for (const Sentence& sentence : one.says) {
            out << line(say("{}: {}", one.target, sentence));
        }
    }
    for (const auto& [target, definition] : definitions(judgement)) {
        out << line(say("{} means {}", verbatim(target), shipped_or_verbatim(definition)));
    }
    if (std::ranges::any_of(judgement.findings, asks_for_more)) {
        out << line(say("asked for, and not measured by this program:"));
    }
    for (const Finding& finding : judgement.findings) {
        if (asks_for_more(finding)) {
            out << "  " << line(finding_text(finding, judgement));
        }
    }
    if (simulated) {
        out << line(simulated_line());
    }
    out << line(closing_line(judgement, {}));
}

void verdict_text(std::ostream& out, const Judgement& judgement, bool simulated, Language language)
{
    out << in(language, closing_line(judgement, simulated ? say("simulated") : Sentence())) << '\n';
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
        all["targets"].push_back(
            {{"target", outcome.target},
             {"verdict", name(outcome.verdict)},
             {"findings", outcome.findings},
             {"with_verdict", outcome.with_verdict},
             {"worst_at", outcome.worst == nullptr ? Json(nullptr) : Json(outcome.worst->at.english())}});
    }
    all["explanations"] = Json::array();
    for (const Explanation& one : judgement.explanations) {
        Json says = Json::array();
        for (const Sentence& sentence : one.says) {
            says.push_back(sentence.english());
        }
        all["explanations"].push_back({{"target", one.target}, {"says", std::move(says)}});
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
        const std::string message = finding_text(finding, judgement).english();
        out << fmt::format(
            "    <testcase classname=\"plumbline.{}\" name=\"{}: {}\">\n{}      <system-out>{}"
            "</system-out>\n    </testcase>\n",
            run, xml(finding.target), xml(finding.at.english()), junit_outcome(finding, message), xml(message));
    }
    if (info.simulated) {
        out << fmt::format("    <system-out>{}</system-out>\n", simulated_line().english());
    }
    out << "  </testsuite>\n</testsuites>\n";
}

}  // namespace plumbline
