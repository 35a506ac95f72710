// SPDX-License-Identifier: Apache-2.0
#include "results/diagnosis/doctor_output.hpp"

#include "results/util/host_names.hpp"
#include "results/util/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <ostream>
#include <string>
#include <vector>

namespace plumbline {
namespace {

using text::printable;

std::size_t node_count(const DoctorReport& report)
{
    std::size_t count = 0;
    for (const AlikeNodes& group : report.nodes) {
        count += group.hosts.size();
    }
    return count;
}

Sentence by_what(const DoctorReport& report)
{
    if (report.way == "none") {
        return say("the ranks don't come up");
    }
    if (report.way == "alone") {
        return say("no launcher announces ranks: a run has one");
    }
    const Sentence way = report.way == "tcp"     ? say("over TCP, without MPI")
                         : report.module.empty() ? say("by MPI ({})", report.library)
                                                 : say("by MPI ({}, {})", report.library, report.module);
    return report.announced.empty() ? way : say("{}, announced by {}", way, report.announced);
}

Sentence launch_said(const DoctorReport& report)
{
    if (report.way == "none" || report.way == "alone") {
        return by_what(report);
    }
    return say("{} on {}, {}", ranks_said(report.ranks), nodes_said(static_cast<int>(node_count(report))),
               by_what(report));
}

/// A word and what belongs to it, folded beside it.
void print_row(std::ostream& out, const std::string& what, std::size_t column, const std::string& rest)
{
    const std::size_t gap = std::max(column, text::width(what) + 1) - text::width(what);
    out << text::folded(what + std::string(gap, ' ') + rest, column) << '\n';
}

void print_facts(std::ostream& out, const std::vector<NodeFact>& facts, Language language)
{
    constexpr std::size_t widest = 26;
    const auto about_of = [&](const NodeFact& fact) {
        const std::string about = printable(fact.about);
        const bool one_word = about.find(' ') == std::string::npos;
        return "  " + in(language, one_word ? word(about) : recognised(about));
    };
    std::size_t longest = 0;
    for (const NodeFact& fact : facts) {
        longest = std::max(longest, std::min(widest, text::width(about_of(fact))));
    }
    for (const NodeFact& fact : facts) {
        print_row(out, about_of(fact), longest + 2, in(language, printable(fact.value)));
    }
}

std::string sentence(const std::string& raw, Language language)
{
    const std::string text = in(language, printable(raw));
    const std::string_view stop = language == Language::zh ? "\u3002" : ".";
    return text.empty() || text.ends_with(stop) ? text : text + std::string(stop);
}

Sentence count_of(const DoctorReport& report, Severity severity)
{
    return count_said(std::ranges::count(report.findings, severity, &DoctorFinding::severity), "{} finding",
                      "{} findings");
}

}  // namespace

void doctor_text(std::ostream& out, const DoctorReport& report, Language language)
{
    constexpr std::size_t column = 8;
    constexpr std::size_t finding_column = 10;
    print_row(out, in(language, word("launch")), column, in(language, launch_said(report)));
    const std::size_t nodes = node_count(report);
    for (std::size_t i = 0; i < report.nodes.size(); ++i) {
        const AlikeNodes& group = report.nodes[i];
        const std::string names = printable(fold_host_names(group.hosts));
        if (nodes == 1) {
            print_row(out, in(language, word("node")), column, names);
        } else if (i == 0) {
            print_row(out, in(language, word("nodes")), column,
                      in(language, say("{} of {} alike: {}", group.hosts.size(), nodes, names)));
        } else {
            print_row(out, in(language, word("others")), column,
                      in(language, say("{} of {}: {}", group.hosts.size(), nodes, names)));
        }
        print_facts(out, group.facts, language);
    }
    out << '\n';
    for (const DoctorFinding& finding : report.findings) {
        const std::string where =
            finding.hosts.empty() || nodes == 1 ? "" : printable(fold_host_names(finding.hosts)) + ": ";
        const Sentence about = say("{}: {}", word(printable(finding.about)), sentence(finding.problem, language));
        print_row(out, in(language, word(name(finding.severity))), finding_column, where + in(language, about));
        if (!finding.advice.empty()) {
            print_row(out, std::string(finding_column - 1, ' '), finding_column, sentence(finding.advice, language));
        }
    }
    if (report.findings.empty()) {
        out << in(language, say("nothing was found that breaks a run or disturbs it")) << '\n';
        return;
    }
    out << in(language, say("{} will break a run, {} will disturb it, {} to know", count_of(report, Severity::breaks),
                            count_of(report, Severity::disturbs), count_of(report, Severity::note)))
        << '\n';
}

void doctor_json(std::ostream& out, const DoctorReport& report)
{
    auto nodes = nlohmann::ordered_json::array();
    for (const AlikeNodes& group : report.nodes) {
        auto facts = nlohmann::ordered_json::object();
        for (const NodeFact& fact : group.facts) {
            facts[printable(fact.about)] = printable(fact.value);
        }
        auto hosts = nlohmann::ordered_json::array();
        for (const std::string& host : group.hosts) {
            hosts.push_back(printable(host));
        }
        nodes.push_back({{"count", group.hosts.size()}, {"hosts", std::move(hosts)}, {"facts", std::move(facts)}});
    }
    auto findings = nlohmann::ordered_json::array();
    for (const DoctorFinding& finding : report.findings) {
        auto hosts = nlohmann::ordered_json::array();
        for (const std::string& host : finding.hosts) {
            hosts.push_back(printable(host));
        }
        findings.push_back({{"severity", name(finding.severity)},
                            {"about", printable(finding.about)},
                            {"hosts", std::move(hosts)},
                            {"problem", printable(finding.problem)},
                            {"advice", printable(finding.advice)}});
    }
    const nlohmann::ordered_json all{{"launch",
                                      {{"way", report.way},
                                       {"announced_by", printable(report.announced)},
                                       {"library", printable(report.library)},
                                       {"module", printable(report.module)},
                                       {"ranks", report.ranks}}},
                                     {"breaks", report.breaks()},
                                     {"nodes", std::move(nodes)},
                                     {"findings", std::move(findings)}};
    out << all.dump(2) << '\n';
}

}  // namespace plumbline
