// SPDX-License-Identifier: Apache-2.0
#include "results/printers/diagnosis.hpp"

#include "collectives/util/units.hpp"
#include "results/printers/guidelines.hpp"
#include "results/util/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline {
namespace {

using Json = nlohmann::ordered_json;
using text::printable;

constexpr std::string_view indent = "  ";
constexpr std::uint64_t least_bytes_of_a_bandwidth = 4096;

bool says_bandwidth(const SlowComponent& finding, std::uint64_t bytes)
{
    return bytes >= least_bytes_of_a_bandwidth && finding.kind != ComponentKind::rank;
}

/// Of the rate, or of the time.
double change(double slowdown, bool of_rate)
{
    return of_rate ? 1 / slowdown - 1 : slowdown - 1;
}

std::string quantity(const SlowComponent& finding, std::uint64_t bytes)
{
    return finding.kind == ComponentKind::rank ? "time" : says_bandwidth(finding, bytes) ? "bandwidth" : "latency";
}

/// "-49 % [-51, -47] bandwidth" and where it was seen in rings.
Sentence seen_in_rings(const Sentence& change, const SlowComponent& finding)
{
    switch (finding.kind) {
        case ComponentKind::node:
            return say("{} in a ring with one that is known to be good", change);
        case ComponentKind::link:
            return say("{} between the two; each is normal with others", change);
        case ComponentKind::boundary:
            return say("{} in a ring across it, normal on both sides", change);
        case ComponentKind::direction:
        case ComponentKind::rank:
        case ComponentKind::fabric:
            break;
    }
    return change;
}

/// The same of pairs.
Sentence seen_in_pairs(const Sentence& change, const SlowComponent& finding)
{
    const Sentence pairs = finding.pairs == 1 ? say("{} of {} pair", finding.slow_pairs, finding.pairs)
                                              : say("{} of {} pairs", finding.slow_pairs, finding.pairs);
    switch (finding.kind) {
        case ComponentKind::node:
            return say("{} in {}, both directions", change, pairs);
        case ComponentKind::direction:
            return say("{} in {}, the other direction is normal", change, pairs);
        case ComponentKind::link:
            return finding.way == LinkDirection::both
                       ? say("{} both directions; the other links of both are normal", change)
                       : say("{} one way; the way back, and the other links of both, are normal", change);
        case ComponentKind::boundary:
            return finding.way == LinkDirection::both
                       ? say("{} in {} across it, both directions, normal inside", change, pairs)
                   : finding.way == LinkDirection::out
                       ? say("{} in {} across it, outwards only, normal inside", change, pairs)
                       : say("{} in {} across it, inwards only, normal inside", change, pairs);
        case ComponentKind::rank:
            return say("{} against {}", change,
                       count_said(static_cast<long long>(finding.pairs), "{} other rank", "{} other ranks"));
        case ComponentKind::fabric:
            break;
    }
    return say("{} below the floor that was given", change);
}

Sentence case_said(const CaseHeader& header)
{
    return say("case {}, {}", header.id, description(header.what));
}

Json finding_json(const SlowComponent& finding, std::uint64_t bytes)
{
    const bool of_rate = says_bandwidth(finding, bytes);
    return {{"kind", name(finding.kind)},
            {"name", finding.name.english()},
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
            {"text", printable(finding_said(finding, bytes).english())}};
}

std::string signed_seconds(double seconds)
{
    return (seconds < 0 ? "-" : "+") + format_seconds(std::abs(seconds));
}

std::string rank_name(int rank, const RunMetadata& info)
{
    const auto place = static_cast<std::size_t>(rank);
    if (place >= info.places.size()) {
        return fmt::format("rank {}", rank);
    }
    const auto node = static_cast<std::size_t>(info.places[place].node);
    return fmt::format("rank {} ({})", rank, node < info.hosts.size() ? info.hosts[node] : "?");
}

std::string_view words(StragglerKind kind)
{
    constexpr std::array<std::string_view, all_straggler_kinds.size()> all{"arrives late", "computes long",
                                                                           "transfers long"};
    return all.at(static_cast<std::size_t>(kind));
}

/// "arrives late (3 cases), computes long (1 case)": the kinds that are known.
Sentence judged_said(const StragglerReport& ranks)
{
    std::vector<Sentence> parts;
    for (const StragglerKind kind : all_straggler_kinds) {
        const std::size_t cases = ranks.judged_cases.at(static_cast<std::size_t>(kind));
        if (cases > 0) {
            parts.push_back(
                say("{} ({})", word(words(kind)), count_said(static_cast<long long>(cases), "{} case", "{} cases")));
        }
    }
    return list_of(parts);
}

/// A line of what is said, behind an indent.
class Lines {
public:
    Lines(std::ostream& out, Language language) : out_(out), language_(language) {}
    void put(const Sentence& sentence, std::string_view before = "") const
    {
        out_ << before << printable(in(language_, sentence)) << '\n';
    }

private:
    std::ostream& out_;
    Language language_;
};

void ranks_text(const Lines& lines, const RunMetadata& info, const StragglerReport& ranks)
{
    const Sentence judged = judged_said(ranks);
    if (judged.empty() && ranks.notes.empty()) {
        return;
    }
    lines.put(say("ranks, by the samples of all cases but links"));
    for (const Straggler& straggler : ranks.found) {
        lines.put(straggler_said(straggler, info), indent);
    }
    if (!judged.empty()) {
        lines.put(ranks.found.empty() ? say("none of: {}", judged) : say("no other of: {}", judged), indent);
    }
    for (const std::string& note : ranks.notes) {
        lines.put(say("note: {}", Sentence(note)), indent);
    }
}

Json ranks_json(const RunMetadata& info, const StragglerReport& ranks)
{
    Json object{{"findings", Json::array()}, {"judged_cases", Json::object()}, {"notes", ranks.notes}};
    for (const StragglerKind kind : all_straggler_kinds) {
        object["judged_cases"][std::string(name(kind))] = ranks.judged_cases.at(static_cast<std::size_t>(kind));
    }
    for (const Straggler& straggler : ranks.found) {
        object["findings"].push_back({{"kind", "rank"},
                                      {"how", name(straggler.kind)},
                                      {"name", rank_name(straggler.rank, info)},
                                      {"members", Json::array({straggler.rank})},
                                      {"members_are", "ranks"},
                                      {"excess_s", straggler.excess_s},
                                      {"excess_low_s", straggler.interval_s.low},
                                      {"excess_high_s", straggler.interval_s.high},
                                      {"reference_s", straggler.reference_s},
                                      {"at", straggler.at},
                                      {"samples", straggler.samples},
                                      {"slow_cases", straggler.slow_cases},
                                      {"cases", straggler.cases},
                                      {"text", printable(straggler_said(straggler, info).english())}});
    }
    return object;
}

Json peers_json(const PeerStatement& statement)
{
    Json object{{"quantity", statement.quantity},
                {"nodes", statement.criterion.nodes},
                {"centre", statement.names[statement.criterion.centre]},
                {"centre_s", statement.criterion.centre_s},
                {"of_floor", statement.of_floor ? Json(*statement.of_floor) : Json(nullptr)},
                {"outliers", Json::array()}};
    for (const PeerOutlier& outlier : statement.criterion.outliers) {
        object["outliers"].push_back({{"name", statement.names[outlier.node]},
                                      {"similarity", outlier.similarity},
                                      {"time_ratio", outlier.ratio}});
    }
    return object;
}

void put_none(const Lines& lines, const Diagnosis& diagnosis)
{
    if (!diagnosis.median_s) {
        return;
    }
    const auto count = [](std::size_t number) { return static_cast<long long>(number); };
    if (diagnosis.group_tests > 0) {
        lines.put(say("none stands out in {} of {} (fastest {})",
                      count_said(count(diagnosis.group_tests), "{} group test", "{} group tests"),
                      count_said(count(diagnosis.rings), "{} ring", "{} rings"), format_seconds(*diagnosis.median_s)),
                  indent);
        return;
    }
    lines.put(say("none stands out of {} (median {}, slowest {:.1f} % longer than fastest)",
                  count_said(count(diagnosis.links), "{} link", "{} links"), format_seconds(*diagnosis.median_s),
                  100 * diagnosis.spread.value_or(0)),
              indent);
}

}  // namespace

Sentence change_said(const SlowComponent& finding, std::uint64_t bytes)
{
    const bool of_rate = says_bandwidth(finding, bytes);
    const double low = 100 * change(of_rate ? finding.interval.high : finding.interval.low, of_rate);
    const double high = 100 * change(of_rate ? finding.interval.low : finding.interval.high, of_rate);
    const double middle = 100 * change(finding.slowdown, of_rate);
    return finding.kind == ComponentKind::rank ? say("{:+.0f} % [{:+.0f}, {:+.0f}] time", middle, low, high)
           : of_rate                           ? say("{:+.0f} % [{:+.0f}, {:+.0f}] bandwidth", middle, low, high)
                                               : say("{:+.0f} % [{:+.0f}, {:+.0f}] latency", middle, low, high);
}

Sentence finding_said(const SlowComponent& finding, std::uint64_t bytes)
{
    const Sentence change = change_said(finding, bytes);
    return say("{}: {}", finding.name,
               finding.by_rings ? seen_in_rings(change, finding) : seen_in_pairs(change, finding));
}

Sentence peers_said(const PeerStatement& statement)
{
    constexpr std::size_t most_named = 8;
    const PeerCriterion& criterion = statement.criterion;
    const auto& outliers = criterion.outliers;
    Sentence text = say("peers, {}: {} of {} are alike (centre {}, median {})", word(statement.quantity),
                        criterion.nodes - outliers.size(), criterion.nodes, statement.names[criterion.centre],
                        format_seconds(criterion.centre_s));
    std::vector<Sentence> unlike;
    for (std::size_t i = 0; i < std::min(outliers.size(), most_named); ++i) {
        unlike.push_back(say("{} {:+.0f} % time", statement.names[outliers[i].node], 100 * (outliers[i].ratio - 1)));
    }
    if (!unlike.empty()) {
        const Sentence named = list_of(unlike);
        text = say("{}; unlike: {}", text,
                   outliers.size() > most_named ? say("{} and {} more", named, outliers.size() - most_named) : named);
    }
    if (statement.of_floor) {
        const double share = 100 * *statement.of_floor;
        text = *statement.of_floor < 1 ? say("{}; the centre has {:.0f} % of the floor: alike, but slow", text, share)
                                       : say("{}; the centre has {:.0f} % of the floor", text, share);
    }
    return text;
}

std::vector<Sentence> named_components(const RunMetadata& info, const FileDiagnosis& file)
{
    std::vector<Sentence> names;
    const auto add = [&](const Sentence& name) {
        if (std::ranges::find(names, name) == names.end()) {
            names.push_back(name);
        }
    };
    for (const CaseDiagnosis& row : file.links) {
        for (const SlowComponent& finding : row.diagnosis.findings) {
            add(finding.name);
        }
    }
    for (const Straggler& straggler : file.ranks.found) {
        add(rank_name(straggler.rank, info));
    }
    return names;
}

Sentence straggler_said(const Straggler& straggler, const RunMetadata& info)
{
    const std::string rank = rank_name(straggler.rank, info);
    const std::string excess =
        fmt::format("{} [{}, {}]", signed_seconds(straggler.excess_s), signed_seconds(straggler.interval_s.low),
                    signed_seconds(straggler.interval_s.high));
    const std::string reference = format_seconds(straggler.reference_s);
    const Sentence cases = say("{} of {}", straggler.slow_cases,
                               count_said(static_cast<long long>(straggler.cases), "{} case", "{} cases"));
    const Sentence at = straggler.at;
    switch (straggler.kind) {
        case StragglerKind::arrives_late:
            return say("{} arrives late: {} beside samples of {} in {}, such as {}", rank, excess, reference, cases,
                       at);
        case StragglerKind::computes_long:
            return say("{} computes long: {} beyond the others' {} in {}, such as {}", rank, excess, reference, cases,
                       at);
        case StragglerKind::transfers_long:
            break;
    }
    return say("{} transfers long: {} beyond the others' {} in {}, such as {}", rank, excess, reference, cases, at);
}

void diagnosis_text(std::ostream& out, const RunMetadata& info, const FileDiagnosis& file, Language language)
{
    const Lines lines(out, language);
    if (info.simulated) {
        lines.put(say("simulated: not a measurement of this machine"));
    }
    if (info.fake_library) {
        lines.put(say("stand-in: true (a library for tests in place of the real one)"));
    }
    for (const CaseDiagnosis& row : file.links) {
        const Diagnosis& diagnosis = row.diagnosis;
        lines.put(case_said(row.header));
        for (const SlowComponent& finding : diagnosis.findings) {
            lines.put(finding_said(finding, row.header.what.bytes), indent);
        }
        if (diagnosis.findings.empty()) {
            put_none(lines, diagnosis);
        }
        if (diagnosis.cleared > 0) {
            lines.put(count_said(static_cast<long long>(diagnosis.cleared),
                                 "{} other suspect looked slow and was cleared by fresh samples",
                                 "{} other suspects looked slow and were cleared by fresh samples"),
                      indent);
        } else if (!diagnosis.findings.empty()) {
            lines.put(say("0 other suspects"), indent);
        }
        for (const PeerStatement& statement : diagnosis.peers) {
            lines.put(peers_said(statement), indent);
        }
        for (const std::string& note : diagnosis.notes) {
            lines.put(say("note: {}", Sentence(note)), indent);
        }
    }
    if (file.links.empty()) {
        lines.put(say("links: not measured (no case of pattern links or bisect). Measure one, such as scenario links"));
    }
    ranks_text(lines, info, file.ranks);
    guidelines_text(out, info, file.guidelines, language);
}

void diagnosis_json(std::ostream& out, const RunMetadata& info, const FileDiagnosis& file)
{
    Json all;
    all["simulated"] = info.simulated;
    all["stand_in"] = info.fake_library;
    all["cases"] = Json::array();
    for (const CaseDiagnosis& row : file.links) {
        Json object{{"id", row.header.id},
                    {"pattern", row.header.what.pattern},
                    {"bytes", row.header.what.bytes},
                    {"ranks", row.header.what.ranks},
                    {"nodes", row.header.what.nodes},
                    {"links", row.diagnosis.links},
                    {"possible_links", row.diagnosis.possible},
                    {"group_tests", row.diagnosis.group_tests},
                    {"rings", row.diagnosis.rings},
                    {"cleared", row.diagnosis.cleared},
                    {"notes", row.diagnosis.notes}};
        object["median_s"] = row.diagnosis.median_s ? Json(*row.diagnosis.median_s) : Json(nullptr);
        object["peers"] = Json::array();
        for (const PeerStatement& statement : row.diagnosis.peers) {
            object["peers"].push_back(peers_json(statement));
        }
        object["findings"] = Json::array();
        for (const SlowComponent& finding : row.diagnosis.findings) {
            object["findings"].push_back(finding_json(finding, row.header.what.bytes));
        }
        all["cases"].push_back(object);
    }
    all["ranks"] = ranks_json(info, file.ranks);
    all["guidelines"] = guidelines_json(info, file.guidelines);
    out << all.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

}  // namespace plumbline
