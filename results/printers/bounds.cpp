// SPDX-License-Identifier: Apache-2.0
#include "results/printers/bounds.hpp"

#include "collectives/util/units.hpp"
#include "results/records/case_titles.hpp"
#include "results/util/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <optional>
#include <string>
#include <string_view>

namespace plumbline {
namespace {

using Json = nlohmann::ordered_json;
using text::Align;

constexpr std::string_view not_modelled =
    "costs per message and per byte of processor or device, protocols, payload below the nominal rate, congestion "
    "between leaves, ports that not every rank reaches";

std::optional<double> busbw(const BoundsRow& row, const std::optional<double>& seconds)
{
    return seconds ? std::optional(row.counted_bytes / *seconds / giga) : std::nullopt;
}

std::optional<double> of_bound(const BoundsRow& row, const Attainable& found)
{
    return row.bound.seconds && found.seconds ? std::optional(*row.bound.seconds / *found.seconds) : std::nullopt;
}

/// A time means something where there is a size.
std::optional<double> time_at(const BoundsRow& row, const std::optional<double>& seconds)
{
    return row.bytes ? seconds : std::nullopt;
}

std::string number(const std::optional<double>& value)
{
    return !value ? "-" : *value >= 0.1 ? fmt::format("{:.1f}", *value) : fmt::format("{:.2g}", *value);
}

std::string rate_text(double bytes_per_s)
{
    return fmt::format("{:.4g} GB/s", bytes_per_s / giga);
}

/// "2 nodes of 8 ranks; ..." a line each.
std::string describe(const Shape& shape, const Links& links, Language language)
{
    const auto line = [&](const Sentence& sentence) { return in(language, sentence) + "\n"; };
    std::string text = line(say("{} of {}", nodes_said(shape.nodes), ranks_said(shape.ranks_per_node)));
    const auto add = [&](const Sentence& which, const LinkRate& rate) {
        const std::string rated = rate_text(rate.bytes_per_s);
        text += line(rate.latency_s > 0 ? say("{} {}, latency {}", which, rated, format_seconds(rate.latency_s))
                                        : say("{} {}", which, rated));
        text += rate.reduces ? "    " + line(say("switches there reduce")) : "";
    };
    if (links.inter_node) {
        const double port_bits = links.inter_node->bytes_per_s / links.ports * 8 / giga;
        add(links.ports > 1 ? say("between nodes: {} ports of {:.4g} Gbit/s a node,", links.ports, port_bits)
                            : say("between nodes: a node"),
            *links.inter_node);
    }
    if (links.intra_node) {
        add(say("inside a node: a rank"), *links.intra_node);
    }
    if (links.leaf) {
        text += line(say("leaves of {}: {} of up-links together", nodes_said(links.leaf->nodes),
                         rate_text(links.leaf->bytes_per_s)));
    }
    return text;
}

Json json_of(const std::optional<double>& value)
{
    return value && std::isfinite(*value) ? Json(*value) : Json(nullptr);
}

Json json_of(const std::optional<LinkRate>& rate)
{
    return rate ? Json{{"bytes_per_s", rate->bytes_per_s}, {"latency_s", rate->latency_s}, {"reduces", rate->reduces}}
                : Json(nullptr);
}

Json json_of(const BoundsRow& row)
{
    Json algorithms = Json::array();
    for (const Attainable& found : row.algorithms) {
        algorithms.push_back({{"algorithm", name(found.algorithm)},
                              {"time_s", json_of(time_at(row, found.seconds))},
                              {"busbw_GBps", json_of(busbw(row, found.seconds))},
                              {"of_bound", json_of(of_bound(row, found))},
                              {"why", found.why.empty() ? Json(nullptr) : Json(found.why)}});
    }
    return {{"operation", name(row.collective)},
            {"bytes", row.bytes ? Json(*row.bytes) : Json(nullptr)},
            {"bound_s", json_of(time_at(row, row.bound.seconds))},
            {"bound_busbw_GBps", json_of(busbw(row, row.bound.seconds))},
            {"limited_by", row.bound.seconds ? Json(name(row.bound.limit)) : Json(nullptr)},
            {"algorithms", algorithms}};
}

}  // namespace

void bounds_text(std::ostream& out, const Shape& shape, const Links& links, std::span<const BoundsRow> rows,
                 Language language)
{
    out << describe(shape, links, language) << '\n';
    const auto told = [&](std::string_view text) { return in(language, word(text)); };
    const bool sized = !rows.empty() && rows.front().bytes.has_value();
    std::vector<text::Table::Column> columns{{.title = told("operation")}};
    if (sized) {
        columns.push_back({.title = told("size"), .align = Align::right});
    }
    columns.insert(columns.end(), {{.title = told("bound"), .align = Align::right},
                                   {.title = told("limited by")},
                                   {.title = told("algorithm")},
                                   {.title = told("attains"), .align = Align::right},
                                   {.title = told("of bound"), .align = Align::right}});
    text::Table table(columns);
    for (const BoundsRow& row : rows) {
        bool first = true;
        for (const Attainable& found : row.algorithms) {
            if (!found.seconds) {
                continue;
            }
            std::vector<std::string> cells{first ? in(language, title_of_pattern(name(row.collective))) : ""};
            if (sized) {
                cells.push_back(first ? format_bytes(row.bytes.value_or(0)) : "");
            }
            const auto share = of_bound(row, found);
            cells.insert(cells.end(),
                         {first ? number(busbw(row, row.bound.seconds)) : "", first ? told(name(row.bound.limit)) : "",
                          told(name(found.algorithm)), number(busbw(row, found.seconds)),
                          share ? fmt::format("{:.0f} %", 100 * *share) : "-"});
            table.add(cells);
            first = false;
        }
        if (first && !row.bound.seconds) {
            table.add({in(language, say("{}: {}", title_of_pattern(name(row.collective)), recognised(row.bound.why)))});
        }
    }
    const Sentence unit = say("busbw in GB/s (1e9 bytes/s)");
    const Sentence legend =
        say("bound: no algorithm exceeds it over these links; attains: a perfect run of the algorithm. Not modelled: "
            "costs per message and per byte of the processor or device, protocols, payload below the nominal rate, "
            "congestion between leaves");
    out << table.str() << '\n'
        << in(language, sized ? unit : say("{} of arrays so large that latency is nothing", unit)) << '\n'
        << text::folded(in(language, legend), 0) << '\n';
}

void bounds_json(std::ostream& out, const Shape& shape, const Links& links, std::span<const BoundsRow> rows)
{
    Json document{{"shape", {{"nodes", shape.nodes}, {"ranks_per_node", shape.ranks_per_node}}},
                  {"links",
                   {{"inter_node", json_of(links.inter_node)},
                    {"ports", links.ports},
                    {"intra_node", json_of(links.intra_node)},
                    {"leaf", links.leaf ? Json{{"nodes", links.leaf->nodes}, {"bytes_per_s", links.leaf->bytes_per_s}}
                                        : Json(nullptr)}}},
                  {"not_modelled", not_modelled},
                  {"rows", Json::array()}};
    for (const BoundsRow& row : rows) {
        document["rows"].push_back(json_of(row));
    }
    out << document.dump(1) << '\n';
}

void bounds_csv(std::ostream& out, std::span<const BoundsRow> rows)
{
    const auto cell = [](const std::optional<double>& value) { return value ? fmt::format("{}", *value) : ""; };
    out << "operation,bytes,bound_busbw_GBps,limited_by,algorithm,time_s,busbw_GBps,of_bound\n";
    for (const BoundsRow& row : rows) {
        for (const Attainable& found : row.algorithms) {
            out << fmt::format("{},{},{},{},{},{},{},{}\n", name(row.collective),
                               row.bytes ? fmt::format("{}", *row.bytes) : "", cell(busbw(row, row.bound.seconds)),
                               row.bound.seconds ? name(row.bound.limit) : "", name(found.algorithm),
                               cell(time_at(row, found.seconds)), cell(busbw(row, found.seconds)),
                               cell(of_bound(row, found)));
        }
    }
}

}  // namespace plumbline
