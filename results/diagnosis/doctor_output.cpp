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

using text::pluralize;
using text::printable;

std::size_t node_count(const DoctorReport& report)
{
    std::size_t count = 0;
    for (const AlikeNodes& group : report.nodes) {
        count += group.hosts.size();
    }
    return count;
}

std::string by_what(const DoctorReport& report)
{
    const std::string announced = report.announced.empty() ? "" : fmt::format(", announced by {}", report.announced);
    if (report.way == "none") {
        return "the ranks don't come up";
    }
    if (report.way == "alone") {
        return "no launcher announces ranks: a run has one";
    }
    if (report.way == "tcp") {
        return "over TCP, without MPI" + announced;
    }
    return fmt::format("by MPI ({}{}){}", report.library, report.module.empty() ? "" : ", " + report.module, announced);
}

std::string launch_line(const DoctorReport& report)
{
    const std::string ranks =
        report.way == "none" || report.way == "alone"
            ? ""
            : fmt::format("{} on {}, ", text::rank_count(report.ranks), pluralize(node_count(report), "node"));
    return fmt::format("launch  {}{}\n", ranks, by_what(report));
}

void print_facts(std::ostream& out, const std::vector<NodeFact>& facts)
{
    std::size_t longest = 0;
    for (const NodeFact& fact : facts) {
        longest = std::max(longest, text::width(printable(fact.about)));
    }
    for (const NodeFact& fact : facts) {
        const std::string about = printable(fact.about);
        out << fmt::format("  {}{}  {}\n", about, std::string(longest - text::width(about), ' '),
                           printable(fact.value));
    }
}

std::string sentence(const std::string& raw)
{
    const std::string text = printable(raw);
    return text.empty() || text.ends_with('.') ? text : text + ".";
}

std::string count_of(const DoctorReport& report, Severity severity)
{
    const auto count =
        static_cast<std::size_t>(std::ranges::count(report.findings, severity, &DoctorFinding::severity));
    return pluralize(count, "finding");
}

}  // namespace

void doctor_text(std::ostream& out, const DoctorReport& report)
{
    out << launch_line(report);
    const std::size_t nodes = node_count(report);
    for (std::size_t i = 0; i < report.nodes.size(); ++i) {
        const AlikeNodes& group = report.nodes[i];
        const std::string alike = nodes == 1 ? "node    "
                                  : i == 0   ? fmt::format("nodes   {} of {} alike: ", group.hosts.size(), nodes)
                                             : fmt::format("others  {} of {}: ", group.hosts.size(), nodes);
        out << alike << printable(fold_host_names(group.hosts)) << '\n';
        print_facts(out, group.facts);
    }
    out << '\n';
    for (const DoctorFinding& finding : report.findings) {
        const std::string where =
            finding.hosts.empty() || nodes == 1 ? "" : printable(fold_host_names(finding.hosts)) + ": ";
        out << fmt::format("{:<9} {}{}: {}\n", name(finding.severity), where, printable(finding.about),
                           sentence(finding.problem));
        if (!finding.advice.empty()) {
            out << fmt::format("          {}\n", sentence(finding.advice));
        }
    }
    if (report.findings.empty()) {
        out << "nothing was found that breaks a run or disturbs it\n";
        return;
    }
    out << fmt::format("{} will break a run, {} will disturb it, {} to know\n", count_of(report, Severity::breaks),
                       count_of(report, Severity::disturbs), count_of(report, Severity::note));
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
