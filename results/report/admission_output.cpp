// SPDX-License-Identifier: Apache-2.0
#include "results/report/admission_output.hpp"

#include "results/util/host_names.hpp"
#include "results/util/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

namespace plumbline {
namespace {

using Json = nlohmann::ordered_json;
using text::printable;

std::vector<std::string> hosts_that(const AdmissionReport& report, Admission admission)
{
    std::vector<std::string> hosts;
    for (const NodeAdmission& node : report.nodes) {
        if (node.admission == admission) {
            hosts.push_back(node.host);
        }
    }
    return hosts;
}

/// All that may not join, and known-good nodes that aren't.
std::vector<NodeAdmission> kept_out(const AdmissionReport& report)
{
    std::vector<NodeAdmission> nodes;
    std::ranges::copy_if(report.nodes, std::back_inserter(nodes),
                         [](const NodeAdmission& node) { return node.admission != Admission::joins; });
    nodes.insert(nodes.end(), report.not_good.begin(), report.not_good.end());
    return nodes;
}

Sentence count_of(std::size_t count)
{
    return nodes_said(static_cast<int>(count));
}

std::string_view quantity_name(NodeQuantity quantity)
{
    constexpr std::array<std::string_view, 4> names{"both_ways", "sending", "receiving", "compute"};
    return names.at(static_cast<std::size_t>(quantity));
}

Json node_json(const NodeAdmission& node)
{
    Json object{{"host", printable(node.host)},
                {"admission", name(node.admission)},
                {"known_good", node.known_good},
                {"why", printable(admission_said(node).english())},
                {"worst", nullptr}};
    if (node.worst) {
        const auto& interval = node.worst->interval;
        object["worst"] = {{"quantity", quantity_name(node.worst->quantity)},
                           {"rank", node.worst->rank},
                           {"slowdown", node.worst->slowdown},
                           {"slowdown_low", interval ? Json(interval->low) : Json(nullptr)},
                           {"slowdown_high", interval ? Json(interval->high) : Json(nullptr)},
                           {"links", node.worst->links},
                           {"values", node.worst->values}};
    }
    return object;
}

/// A word of a POSIX shell, whatever it holds.
std::string shell_word(std::string_view raw)
{
    std::string word = "'";
    for (const char c : printable(raw)) {
        word += c == '\'' ? std::string("'\\''") : std::string(1, c);
    }
    return word + "'";
}

void remark_simulated(std::ostream& out, const AdmissionOutput& admission)
{
    if (admission.simulated) {
        out << "# simulated: these are no real nodes\n";
    }
}

}  // namespace

Verdict verdict_of(const AdmissionReport& report)
{
    constexpr std::array<Verdict, 4> verdicts{Verdict::pass, Verdict::fail, Verdict::inconclusive,
                                              Verdict::not_measured};
    return verdicts.at(static_cast<std::size_t>(report.overall));
}

Sentence admission_said(const NodeAdmission& node)
{
    switch (node.admission) {
        case Admission::joins:
            return node.worst ? say("may join: {}", evidence_said(*node.worst)) : say("may join");
        case Admission::rejected:
            return say("rejected: {}", evidence_said(*node.worst));
        case Admission::undecided:
            return say("undecided, measure again: {}", evidence_said(*node.worst));
        case Admission::not_measured:
            break;
    }
    return say("not measured: no link between it and a known-good node, or no two known-good nodes");
}

void admission_text(std::ostream& out, const AdmissionOutput& admission, Language language)
{
    const AdmissionReport& report = admission.report;
    const auto line = [&](const Sentence& sentence) { out << printable(in(language, sentence)) << '\n'; };
    if (admission.simulated) {
        line(say("simulated: these are no real nodes"));
    }
    line(say("{} against {} known-good, by {}; a node may be {} % slower than those", count_of(report.nodes.size()),
             report.good, admission.measured, 100 * admission.limit));
    const auto joining = hosts_that(report, Admission::joins);
    line(say("may join: {}{}", count_of(joining.size()),
             Sentence(joining.empty() ? "" : ", " + fold_host_names(joining))));
    for (const NodeAdmission& node : kept_out(report)) {
        line(node.known_good ? say("{} was called known-good and is slower than the others: {}", Sentence(node.host),
                                   evidence_said(*node.worst))
                             : say("{} {}", Sentence(node.host), admission_said(node)));
    }
    line(say("verdict: {}", word(name(verdict_of(report)))));
}

void admission_json(std::ostream& out, const AdmissionOutput& admission)
{
    Json all{{"verdict", name(verdict_of(admission.report))},
             {"measured", printable(admission.measured.english())},
             {"limit", admission.limit},
             {"simulated", admission.simulated},
             {"known_good", admission.report.good},
             {"nodes", Json::array()},
             {"known_good_but_slow", Json::array()}};
    for (const NodeAdmission& node : admission.report.nodes) {
        all["nodes"].push_back(node_json(node));
    }
    for (const NodeAdmission& node : admission.report.not_good) {
        all["known_good_but_slow"].push_back(node_json(node));
    }
    out << all.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

void admission_list(std::ostream& out, const AdmissionOutput& admission)
{
    for (const std::string& host : hosts_that(admission.report, Admission::joins)) {
        out << printable(host) << '\n';
    }
}

void admission_slurm(std::ostream& out, const AdmissionOutput& admission)
{
    remark_simulated(out, admission);
    const auto joining = hosts_that(admission.report, Admission::joins);
    if (!joining.empty()) {
        out << fmt::format("scontrol update NodeName={} State=RESUME\n", shell_word(fold_host_names(joining)));
    }
    for (const NodeAdmission& node : kept_out(admission.report)) {
        out << fmt::format("scontrol update NodeName={} State=DRAIN Reason={}\n", shell_word(node.host),
                           shell_word("plumbline admit: " + admission_said(node).english()));
    }
}

void admission_kubernetes(std::ostream& out, const AdmissionOutput& admission)
{
    remark_simulated(out, admission);
    for (const std::string& host : hosts_that(admission.report, Admission::joins)) {
        out << fmt::format(
            "kubectl label node {0} plumbline/admitted=true --overwrite\n"
            // It may carry no such taint.
            "kubectl taint node {0} plumbline/admitted:NoSchedule- || true\n",
            shell_word(host));
    }
    for (const NodeAdmission& node : kept_out(admission.report)) {
        out << fmt::format(
            "kubectl label node {0} plumbline/admitted=false --overwrite\n"
            "kubectl taint node {0} plumbline/admitted={1}:NoSchedule --overwrite\n",
            shell_word(node.host), name(node.admission));
    }
}

}  // namespace plumbline
