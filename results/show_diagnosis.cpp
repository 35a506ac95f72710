#include "results/show_diagnosis.hpp"

#include "collectives/units.hpp"
#include "results/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace plumbline {
namespace {

using Json = nlohmann::ordered_json;
using text::counted;
using text::printable;

constexpr std::uint64_t least_bytes_of_a_bandwidth = 4096;

bool says_bandwidth(const Culprit& finding, std::uint64_t bytes)
{
    return bytes >= least_bytes_of_a_bandwidth && finding.kind != CulpritKind::rank;
}

/// Of the rate, or of the time.
double change(double slowdown, bool of_rate)
{
    return of_rate ? 1 / slowdown - 1 : slowdown - 1;
}

std::string quantity(const Culprit& finding, std::uint64_t bytes)
{
    return finding.kind == CulpritKind::rank ? "time" : says_bandwidth(finding, bytes) ? "bandwidth" : "latency";
}

std::string where(const Culprit& finding)
{
    switch (finding.kind) {
        case CulpritKind::node:
            return fmt::format("in {} of {}, both directions", finding.slow_pairs, counted(finding.pairs, "pair"));
        case CulpritKind::direction:
            return fmt::format("in {} of {}, the other direction is well", finding.slow_pairs,
                               counted(finding.pairs, "pair"));
        case CulpritKind::link:
            return finding.way == LinkWay::both ? "both directions; the other links of both are well"
                                                : "the other direction, and the other links of both, are well";
        case CulpritKind::leaf:
            return fmt::format("in {} of {} across it{}, well inside", finding.slow_pairs,
                               counted(finding.pairs, "pair"),
                               finding.way == LinkWay::both  ? ", both directions"
                               : finding.way == LinkWay::out ? ", outwards only"
                                                             : ", inwards only");
        case CulpritKind::rank:
            return fmt::format("against {}", counted(finding.pairs, "other rank"));
        case CulpritKind::fabric:
            return "below the floor that was given";
    }
    return {};
}

std::string case_text(const CaseHeader& header)
{
    return fmt::format("case {}, {}", header.id, printable(describe(header.what)));
}

Json finding_json(const Culprit& finding, std::uint64_t bytes)
{
    const bool of_rate = says_bandwidth(finding, bytes);
    return {{"kind", name(finding.kind)},
            {"name", finding.name},
            {"members", finding.members},
            {"members_are", finding.of_ranks ? "ranks" : "nodes"},
            {"way", name(finding.way)},
            {"quantity", quantity(finding, bytes)},
            {"change", change(finding.slowdown, of_rate)},
            {"change_low", change(of_rate ? finding.interval.high : finding.interval.low, of_rate)},
            {"change_high", change(of_rate ? finding.interval.low : finding.interval.high, of_rate)},
            {"slow_pairs", finding.slow_pairs},
            {"pairs", finding.pairs},
            {"samples", finding.samples},
            {"control_samples", finding.control_samples},
            {"confirmed", finding.confirmed},
            {"text", finding_text(finding, bytes)}};
}

void say_none(std::ostream& out, const Diagnosis& diagnosis)
{
    if (!diagnosis.median_s) {
        return;
    }
    out << fmt::format("  none stands out of {} (median {}, slowest {:.1f} % longer than fastest)\n",
                       counted(diagnosis.links, "link"), format_seconds(*diagnosis.median_s),
                       100 * diagnosis.spread.value_or(0));
}

}  // namespace

std::string change_text(const Culprit& finding, std::uint64_t bytes)
{
    const bool of_rate = says_bandwidth(finding, bytes);
    const double low = change(of_rate ? finding.interval.high : finding.interval.low, of_rate);
    const double high = change(of_rate ? finding.interval.low : finding.interval.high, of_rate);
    return fmt::format("{:+.0f} % [{:+.0f}, {:+.0f}] {}", 100 * change(finding.slowdown, of_rate), 100 * low,
                       100 * high, quantity(finding, bytes));
}

std::string finding_text(const Culprit& finding, std::uint64_t bytes)
{
    return fmt::format("{}: {} {}", printable(finding.name), change_text(finding, bytes), where(finding));
}

void diagnosis_text(std::ostream& out, const RunInfo& info, std::span<const CaseDiagnosis> cases)
{
    if (info.simulated) {
        out << "simulated: not a measurement of this machine\n";
    }
    for (const CaseDiagnosis& row : cases) {
        const Diagnosis& diagnosis = row.diagnosis;
        out << case_text(row.header) << '\n';
        for (const Culprit& finding : diagnosis.findings) {
            out << "  " << finding_text(finding, row.header.what.bytes) << '\n';
        }
        if (diagnosis.findings.empty()) {
            say_none(out, diagnosis);
        }
        if (diagnosis.cleared > 0) {
            out << fmt::format("  {} looked slow and {} cleared by fresh samples\n",
                               counted(diagnosis.cleared, "other suspect"), diagnosis.cleared == 1 ? "was" : "were");
        } else if (!diagnosis.findings.empty()) {
            out << "  0 other suspects\n";
        }
        for (const std::string& note : diagnosis.notes) {
            out << "  note: " << printable(note) << '\n';
        }
    }
}

void diagnosis_json(std::ostream& out, const RunInfo& info, std::span<const CaseDiagnosis> cases)
{
    Json all;
    all["simulated"] = info.simulated;
    all["cases"] = Json::array();
    for (const CaseDiagnosis& row : cases) {
        Json object{{"id", row.header.id},
                    {"pattern", row.header.what.pattern},
                    {"bytes", row.header.what.bytes},
                    {"ranks", row.header.what.ranks},
                    {"nodes", row.header.what.nodes},
                    {"links", row.diagnosis.links},
                    {"possible_links", row.diagnosis.possible},
                    {"cleared", row.diagnosis.cleared},
                    {"notes", row.diagnosis.notes}};
        object["median_s"] = row.diagnosis.median_s ? Json(*row.diagnosis.median_s) : Json(nullptr);
        object["findings"] = Json::array();
        for (const Culprit& finding : row.diagnosis.findings) {
            object["findings"].push_back(finding_json(finding, row.header.what.bytes));
        }
        all["cases"].push_back(object);
    }
    out << all.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

}  // namespace plumbline
