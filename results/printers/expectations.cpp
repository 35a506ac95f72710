// SPDX-License-Identifier: Apache-2.0
#include "results/printers/expectations.hpp"

#include "collectives/util/units.hpp"
#include "results/summaries/summarize.hpp"
#include "results/util/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <string>

namespace plumbline {
namespace {

/// Bandwidths in GB/s.
struct Expectation {
    double measured = 0;
    bool impossible = false;  ///< above the bound beyond all uncertainty
    double bound = 0;
    std::optional<double> attainable;
    std::optional<double> outdone;  ///< what `algorithm` attains, where it was another one that ran
    AlgorithmKind algorithm = AlgorithmKind::ring;
};

std::optional<Expectation> expectation_of(const CaseSummary& stored, const IdealTimes& ideals)
{
    const CaseSummary row = with_point_value(stored);
    const auto ideal = ideals.seconds.find(row.header.id);
    if (ideal == ideals.seconds.end() || !row.busbw_bytes_per_s || !row.median_s) {
        return std::nullopt;
    }
    const double counted = *row.busbw_bytes_per_s * *row.median_s / giga;
    Expectation found{.measured = *row.busbw_bytes_per_s / giga,
                      .impossible = ideals.above_bound.contains(row.header.id),
                      .bound = counted / ideal->second,
                      .attainable = std::nullopt,
                      .outdone = std::nullopt,
                      .algorithm = {}};
    if (const auto by = ideals.attainable.find(row.header.id); by != ideals.attainable.end()) {
        found.attainable = counted / *by->second.seconds;
        found.algorithm = by->second.algorithm;
    } else if (const auto slower = ideals.outdone.find(row.header.id); slower != ideals.outdone.end()) {
        found.outdone = counted / *slower->second.seconds;
        found.algorithm = slower->second.algorithm;
    }
    return found;
}

/// At most four digits: "381.8", "400".
std::string digits(double value)
{
    return fmt::format("{:.4g}", value);
}

/// The same for cases that differ in their size alone.
std::string series_of(const CaseSummary& row)
{
    CaseIdentity what = row.header.what;
    what.bytes = 0;
    return fmt::format("{} {} {} {}", family_key(what), what.ranks, what.nodes, what.subset);
}

bool reduces(const Links& links)
{
    return (links.intra_node && links.intra_node->reduces) || (links.inter_node && links.inter_node->reduces);
}

}  // namespace

void expectations_text(std::ostream& out, std::span<const CaseSummary> cases, const IdealTimes& ideals,
                       Language language)
{
    std::map<std::string, const CaseSummary*> largest;
    for (const CaseSummary& row : cases) {
        if (expectation_of(row, ideals)) {
            const CaseSummary*& kept = largest[series_of(row)];
            kept = kept == nullptr || kept->header.what.bytes < row.header.what.bytes ? &row : kept;
        }
    }
    if (largest.empty()) {
        return;
    }
    const auto line = [&](const Sentence& sentence) { out << text::printable_lines(in(language, sentence)) << '\n'; };
    out << '\n';
    line(say("busbw against the links, largest message of each (GB/s):"));
    for (const CaseSummary& row : cases) {
        const auto kept = largest.find(series_of(row));
        const auto found = expectation_of(row, ideals);
        if (!found || kept == largest.end() || kept->second != &row) {
            continue;
        }
        const Sentence what = description(row.header.what);
        if (found->impossible) {
            line(
                say("  {}\n    {} GB/s: above the physical bound {} of these links, a measurement error\n    (their "
                    "rates were measured or stated too low, or the network reduces)",
                    what, digits(found->measured), digits(found->bound)));
            continue;
        }
        const Sentence over = row.header.what.nodes > 1 ? say("on these ports") : say("over these links");
        Sentence attained = say("{} GB/s", digits(found->measured));
        if (found->attainable) {
            attained = say("{} = {:.0f} % of {} {} {}", attained, 100 * found->measured / *found->attainable,
                           word(info(found->algorithm).of), digits(*found->attainable), over);
        } else if (found->outdone) {
            attained = say("{}, more than {} {} {}: another algorithm ran", attained, word(info(found->algorithm).of),
                           digits(*found->outdone), over);
        }
        line(say("  {}\n    {};\n    the physical bound {} in-network reduction is {}", what, attained,
                 reduces(ideals.links) ? say("with the stated") : say("without"), digits(found->bound)));
    }
}

std::string expectations_json(std::span<const CaseSummary> cases, const IdealTimes& ideals)
{
    using Json = nlohmann::ordered_json;
    Json rows = Json::array();
    for (const CaseSummary& row : cases) {
        if (const auto found = expectation_of(row, ideals)) {
            const auto attainable = found->attainable;
            rows.push_back({{"case_id", row.header.id},
                            {"busbw_GBps", found->measured},
                            {"algorithm", attainable ? Json(name(found->algorithm)) : Json(nullptr)},
                            {"attainable_busbw_GBps", attainable ? Json(*attainable) : Json(nullptr)},
                            {"of_attainable", attainable ? Json(found->measured / *attainable) : Json(nullptr)},
                            {"faster_than", found->outdone ? Json(name(found->algorithm)) : Json(nullptr)},
                            {"bound_busbw_GBps", found->bound},
                            {"of_bound", found->measured / found->bound}});
        }
    }
    return rows.dump();
}

}  // namespace plumbline
