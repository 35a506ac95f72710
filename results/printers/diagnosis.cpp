// SPDX-License-Identifier: Apache-2.0
#include "results/printers/diagnosis.hpp"

#include "collectives/util/units.hpp"
#include "results/printers/guidelines.hpp"
#include "results/util/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <string_view>

namespace plumbline {
namespace {

using Json = nlohmann::ordered_json;
using text::pluralize;
using text::printable;

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

std::string where_in_rings(const SlowComponent& finding)
{
    switch (finding.kind) {
        case ComponentKind::node:
            return "in a ring with one that is known to be good";
        case ComponentKind::link:
            return "between the two; each is normal with others";
        case ComponentKind::boundary:
            return "in a ring across it, normal on both sides";
        case ComponentKind::direction:
        case ComponentKind::rank:
        case ComponentKind::fabric:
            break;
    }
    return {};
}

std::string where(const SlowComponent& finding)
{
    if (finding.by_rings) {
        return where_in_rings(finding);
    }
    switch (finding.kind) {
        case ComponentKind::node:
            return fmt::format("in {} of {}, both directions", finding.slow_pairs, pluralize(finding.pairs, "pair"));
        case ComponentKind::direction:
            return fmt::format("in {} of {}, the other direction is normal", finding.slow_pairs,
                               pluralize(finding.pairs, "pair"));
        case ComponentKind::link:
            return finding.way == LinkDirection::both
                       ? "both directions; the other links of both are normal"
                       : "one way; the way back, and the other links of both, are normal";
        case ComponentKind::boundary:
            return fmt::format("in {} of {} across it{}, normal inside", finding.slow_pairs,
                               pluralize(finding.pairs, "pair"),
                               finding.way == LinkDirection::both  ? ", both directions"
                               : finding.way == LinkDirection::out ? ", outwards only"
                                                                   : ", inwards only");
        case ComponentKind::rank:
            return fmt::format("against {}", pluralize(finding.pairs, "other rank"));
        case ComponentKind::fabric:
            return "below the floor that was given";
    }
    return {};
}

std::string case_text(const CaseHeader& header)
{
    return fmt::format("case {}, {}", header.id, printable(describe(header.what)));
}

Json finding_json(const SlowComponent& finding, std::uint64_t bytes)
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
std::string judged_text(const StragglerReport& ranks)
{
    std::vector<std::string> parts;
    for (const StragglerKind kind : all_straggler_kinds) {
        const std::size_t cases = ranks.judged_cases.at(static_cast<std::size_t>(kind));
        if (cases > 0) {
            parts.push_back(fmt::format("{} ({})", words(kind), pluralize(cases, "case")));
        }
    }
    return fmt::format("{}", fmt::join(parts, ", "));
}

void ranks_text(std::ostream& out, const RunMetadata& info, const StragglerReport& ranks)
{
    const std::string judged = judged_text(ranks);
    if (judged.empty() && ranks.notes.empty()) {
        return;
    }
    out << "ranks, by the samples of all cases but links\n";
    for (const Straggler& straggler : ranks.found) {
        out << "  " << straggler_text(straggler, info) << '\n';
    }
    if (!judged.empty()) {
        out << fmt::format("  {} of: {}\n", ranks.found.empty() ? "none" : "no other", judged);
    }
    for (const std::string& note : ranks.notes) {
        out << "  note: " << printable(note) << '\n';
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
                                      {"text", straggler_text(straggler, info)}});
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

void say_none(std::ostream& out, const Diagnosis& diagnosis)
{
    if (!diagnosis.median_s) {
        return;
    }
    if (diagnosis.group_tests > 0) {
        out << fmt::format("  none stands out in {} of {} (fastest {})\n",
                           pluralize(diagnosis.group_tests, "group test"), pluralize(diagnosis.rings, "ring"),
                           format_seconds(*diagnosis.median_s));
        return;
    }
    out << fmt::format("  none stands out of {} (median {}, slowest {:.1f} % longer than fastest)\n",
                       pluralize(diagnosis.links, "link"), format_seconds(*diagnosis.median_s),
                       100 * diagnosis.spread.value_or(0));
}

}  // namespace

std::string change_text(const SlowComponent& finding, std::uint64_t bytes)
{
    const bool of_rate = says_bandwidth(finding, bytes);
    const double low = change(of_rate ? finding.interval.high : finding.interval.low, of_rate);
    const double high = change(of_rate ? finding.interval.low : finding.interval.high, of_rate);
    return fmt::format("{:+.0f} % [{:+.0f}, {:+.0f}] {}", 100 * change(finding.slowdown, of_rate), 100 * low,
                       100 * high, quantity(finding, bytes));
}

std::string finding_text(const SlowComponent& finding, std::uint64_t bytes)
{
    return fmt::format("{}: {} {}", printable(finding.name), change_text(finding, bytes), where(finding));
}

std::string peers_text(const PeerStatement& statement)
{
    constexpr std::size_t most_named = 8;
    const PeerCriterion& criterion = statement.criterion;
    const auto& outliers = criterion.outliers;
    std::string text = fmt::format("peers, {}: {} of {} are alike (centre {}, median {})", statement.quantity,
                                   criterion.nodes - outliers.size(), criterion.nodes,
                                   printable(statement.names[criterion.centre]), format_seconds(criterion.centre_s));
    for (std::size_t i = 0; i < std::min(outliers.size(), most_named); ++i) {
        text += fmt::format("{}{} {:+.0f} % time", i == 0 ? "; unlike: " : ", ",
                            printable(statement.names[outliers[i].node]), 100 * (outliers[i].ratio - 1));
    }
    if (outliers.size() > most_named) {
        text += fmt::format(" and {} more", outliers.size() - most_named);
    }
    if (statement.of_floor) {
        text += fmt::format("; the centre has {:.0f} % of the floor{}", 100 * *statement.of_floor,
                            *statement.of_floor < 1 ? ": alike, but slow" : "");
    }
    return text;
}

std::vector<std::string> named_components(const RunMetadata& info, const FileDiagnosis& file)
{
    std::vector<std::string> names;
    const auto add = [&](std::string name) {
        if (std::ranges::find(names, name) == names.end()) {
            names.push_back(std::move(name));
        }
    };
    for (const CaseDiagnosis& row : file.links) {
        for (const SlowComponent& finding : row.diagnosis.findings) {
            add(printable(finding.name));
        }
    }
    for (const Straggler& straggler : file.ranks.found) {
        add(printable(rank_name(straggler.rank, info)));
    }
    return names;
}

std::string straggler_text(const Straggler& straggler, const RunMetadata& info)
{
    return fmt::format("{} {}: {} [{}, {}] {} {} in {} of {}, such as {}", printable(rank_name(straggler.rank, info)),
                       words(straggler.kind), signed_seconds(straggler.excess_s),
                       signed_seconds(straggler.interval_s.low), signed_seconds(straggler.interval_s.high),
                       straggler.kind == StragglerKind::arrives_late ? "beside samples of" : "beyond the others'",
                       format_seconds(straggler.reference_s), straggler.slow_cases, pluralize(straggler.cases, "case"),
                       printable(straggler.at));
}

void diagnosis_text(std::ostream& out, const RunMetadata& info, const FileDiagnosis& file)
{
    if (info.simulated) {
        out << "simulated: not a measurement of this machine\n";
    }
    if (info.fake_library) {
        out << "stand-in: true (a library for tests in place of the real one)\n";
    }
    for (const CaseDiagnosis& row : file.links) {
        const Diagnosis& diagnosis = row.diagnosis;
        out << case_text(row.header) << '\n';
        for (const SlowComponent& finding : diagnosis.findings) {
            out << "  " << finding_text(finding, row.header.what.bytes) << '\n';
        }
        if (diagnosis.findings.empty()) {
            say_none(out, diagnosis);
        }
        if (diagnosis.cleared > 0) {
            out << fmt::format("  {} looked slow and {} cleared by fresh samples\n",
                               pluralize(diagnosis.cleared, "other suspect"), diagnosis.cleared == 1 ? "was" : "were");
        } else if (!diagnosis.findings.empty()) {
            out << "  0 other suspects\n";
        }
        for (const PeerStatement& statement : diagnosis.peers) {
            out << "  " << peers_text(statement) << '\n';
        }
        for (const std::string& note : diagnosis.notes) {
            out << "  note: " << printable(note) << '\n';
        }
    }
    if (file.links.empty()) {
        out << "links: not measured (no case of pattern links or bisect). Measure one, such as scenario links\n";
    }
    ranks_text(out, info, file.ranks);
    guidelines_text(out, info, file.guidelines);
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
