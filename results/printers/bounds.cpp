// SPDX-License-Identifier: Apache-2.0
#include "results/printers/bounds.hpp"

#include "collectives/util/units.hpp"
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
std::string describe(const Shape& shape, const Links& links)
{
    std::string text = fmt::format("{} of {}\n", text::pluralize(static_cast<std::size_t>(shape.nodes), "node"),
                                   text::rank_count(shape.ranks_per_node));
    const auto add = [&](std::string_view which, const LinkRate& rate) {
        text += fmt::format("{}{}{}\n{}", which, rate_text(rate.bytes_per_s),
                            rate.latency_s > 0 ? ", latency " + format_seconds(rate.latency_s) : "",
                            rate.reduces ? "    switches there reduce\n" : "");
    };
    if (links.inter_node) {
        const double port_bits = links.inter_node->bytes_per_s / links.ports * 8 / giga;
        add(links.ports > 1 ? fmt::format("between nodes: {} ports of {:.4g} Gbit/s a node, ", links.ports, port_bits)
                            : "between nodes: a node ",
            *links.inter_node);
    }
    if (links.intra_node) {
        add("inside a node: a rank ", *links.intra_node);
    }
    if (links.leaf) {
        text += fmt::format("leaves of {}: {} of up-links together\n",
                            text::pluralize(static_cast<std::size_t>(links.leaf->nodes), "node"),
                            rate_text(links.leaf->bytes_per_s));
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

void bounds_text(std::ostream& out, const Shape& shape, const Links& links, std::span<const BoundsRow> rows)
{
    out << describe(shape, links) << '\n';
    const bool sized = !rows.empty() && rows.front().bytes.has_value();
    std::vector<text::Table::Column> columns{{.title = "operation"}};
    if (sized) {
        columns.push_back({.title = "size", .align = Align::right});
    }
    columns.insert(columns.end(), {{.title = "bound", .align = Align::right},
                                   {.title = "limited by"},
                                   {.title = "algorithm"},
                                   {.title = "attains", .align = Align::right},
                                   {.title = "of bound", .align = Align::right}});
    text::Table table(columns);
    for (const BoundsRow& row : rows) {
        bool first = true;
        for (const Attainable& found : row.algorithms) {
            if (!found.seconds) {
                continue;
            }
            std::vector<std::string> cells{first ? std::string(name(row.collective)) : ""};
            if (sized) {
                cells.push_back(first ? format_bytes(row.bytes.value_or(0)) : "");
            }
            const auto share = of_bound(row, found);
            cells.insert(cells.end(),
                         {first ? number(busbw(row, row.bound.seconds)) : "",
                          first ? std::string(name(row.bound.limit)) : "", std::string(name(found.algorithm)),
                          number(busbw(row, found.seconds)), share ? fmt::format("{:.0f} %", 100 * *share) : "-"});
            table.add(cells);
            first = false;
        }
        if (first && !row.bound.seconds) {
            table.add({std::string(name(row.collective)) + ": " + row.bound.why});
        }
    }
    out << table.str() << "\nbusbw in GB/s (1e9 bytes/s)"
        << (sized ? "" : " of arrays so large that latency is nothing") << '\n'
        << "bound: no algorithm exceeds it over these links; attains: a perfect run of the\n"
           "algorithm. Not modelled: costs per message and per byte of the processor or\n"
           "device, protocols, payload below the nominal rate, congestion between leaves\n";
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
