// SPDX-License-Identifier: Apache-2.0
#include "collectives/util/units.hpp"
#include "results/printers/show.hpp"
#include "results/util/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <string_view>
#include <vector>

namespace plumbline {
namespace {

using Json = nlohmann::ordered_json;
using text::printable;

constexpr std::string_view simulated_line = "simulated: not a measurement of this machine";

/// Three significant digits, with the unit where there is one.
std::string value_text(const Finding& finding, double value)
{
    return finding.metric == Metric::time ? format_seconds(value) : fmt::format("{:.3g}", value);
}

std::string measured_text(const Finding& finding)
{
    std::string text(info(finding.metric).name);
    if (finding.value.estimate) {
        text += " " + value_text(finding, *finding.value.estimate);
    }
    if (finding.value.interval) {
        text += fmt::format(" [{}, {}]", value_text(finding, finding.value.interval->low),
                            value_text(finding, finding.value.interval->high));
    }
    if (finding.bound.empty()) {
        return text;
    }
    text += " " + printable(finding.bound);
    const std::string_view unit = info(finding.metric).unit;
    return unit == "1" ? text : fmt::format("{} {}", text, unit);
}

std::string base_text(const Finding& finding)
{
    if (finding.base_ranks == 0) {
        return finding.basis.empty() ? "" : fmt::format(" ({})", printable(finding.basis));
    }
    const std::string_view held_fixed = info(finding.metric).held_fixed;
    if (!finding.base_value) {
        return fmt::format(" (base {}, {} fixed)", text::rank_count(finding.base_ranks), held_fixed);
    }
    return fmt::format(" (base {}: {}, {} fixed)", text::rank_count(finding.base_ranks),
                       text::quantity(*finding.base_value, finding.base_unit), held_fixed);
}

/// "2 ranks" where that says which case is meant, else the case in full.
std::string place_text(const Finding& finding, const Judgement& judgement)
{
    const auto same = std::count_if(judgement.findings.begin(), judgement.findings.end(), [&](const Finding& other) {
        return other.target == finding.target && other.ranks == finding.ranks;
    });
    const bool relative = info(finding.metric).relative;
    return finding.ranks > 0 && relative && same == 1 ? text::rank_count(finding.ranks) : printable(finding.at);
}

std::string finding_text(const Finding& finding, const Judgement& judgement)
{
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
            {"metric", info(finding.metric).name},
            {"unit", info(finding.metric).unit},
            {"at", finding.at},
            {"case_id", finding.case_id < 0 ? Json(nullptr) : Json(finding.case_id)},
            {"ranks", finding.ranks == 0 ? Json(nullptr) : Json(finding.ranks)},
            {"base_ranks", finding.base_ranks == 0 ? Json(nullptr) : Json(finding.base_ranks)},
            {"base_value", optional_number(finding.base_value)},
            {"base_unit", finding.base_unit},
            {"held_fixed", info(finding.metric).held_fixed},
            {"basis", finding.basis},
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

}  // namespace

void check_text(std::ostream& out, const Judgement& judgement, bool simulated)
{
    for (const Finding& finding : judgement.findings) {
        out << fmt::format("{:<13} {}\n", name(finding.verdict), finding_text(finding, judgement));
    }
    if (judgement.findings.empty()) {
        out << "no targets: nothing was judged\n";
    }
    if (simulated) {
        out << simulated_line << '\n';
    }
    out << fmt::format("verdict: {}{}\n", name(judgement.verdict),
                       judgement.on_point_values ? " (on point values: no samples, no intervals)" : "");
}

void verdict_text(std::ostream& out, const Judgement& judgement, bool simulated)
{
    std::vector<std::string_view> remarks;
    if (judgement.findings.empty()) {
        remarks.push_back("no targets");
    }
    if (simulated) {
        remarks.push_back("simulated");
    }
    out << fmt::format("verdict: {}{}\n", name(judgement.verdict),
                       remarks.empty() ? "" : fmt::format(" ({})", fmt::join(remarks, ", ")));
}

void check_json(std::ostream& out, const RunMetadata& info, const Judgement& judgement)
{
    Json all;
    all["verdict"] = name(judgement.verdict);
    all["run"] = info.name;
    all["simulated"] = info.simulated;
    all["on_point_values"] = judgement.on_point_values;
    all["stand_in"] = info.stand_in;
    all["confidence"] = info.confidence;
    all["findings"] = Json::array();
    for (const Finding& finding : judgement.findings) {
        all["findings"].push_back(finding_json(finding));
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
    out << fmt::format("  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"0\">\n", run,
                       judgement.findings.size(), count(Verdict::fail) + count(Verdict::inconclusive),
                       count(Verdict::not_measured));
    out << fmt::format(
        "    <properties>\n      <property name=\"verdict\" value=\"{}\"/>\n"
        "      <property name=\"simulated\" value=\"{}\"/>\n"
        "      <property name=\"stand_in\" value=\"{}\"/>\n    </properties>\n",
        name(judgement.verdict), info.simulated, info.stand_in);
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
