// SPDX-License-Identifier: Apache-2.0
#include "results/printers/case_columns.hpp"

#include "collectives/operations/types.hpp"
#include "collectives/patterns/pattern.hpp"
#include "collectives/util/units.hpp"
#include "results/records/case_titles.hpp"
#include "results/records/identity_parameters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace plumbline {
namespace {

using text::Align;
using text::printable;

constexpr std::string_view nothing = "-";
constexpr std::string_view nodes_title = "nodes";

std::string parameters_text(const CaseIdentity& what, Language language)
{
    std::vector<Sentence> parts;
    for (const auto& [key, value] : what.parameters) {
        if (key != "timing" && key != "chain") {  // in a column of their own
            parts.push_back(parameter_said(key, value));
        }
    }
    return parts.empty() ? "" : printable(in(language, list_of(parts)));
}

/// In full in the other formats.
std::string short_parameters_text(const CaseIdentity& what, Language language)
{
    constexpr std::size_t widest = 44;
    std::string joined = parameters_text(what, language);
    if (text::width(joined) <= widest) {
        return joined;
    }
    const std::string_view dots = "...";
    const auto continues = [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; };
    while (text::width(joined) > widest - dots.size()) {
        while (continues(joined.back())) {
            joined.pop_back();
        }
        joined.pop_back();
    }
    return joined.append(dots);
}

/// "chained 20".
std::string timing_text(const CaseIdentity& what, Language language)
{
    const Timing timing = timing_of(what);
    const std::string regime = in(language, word(name(timing.regime)));
    return timing.regime == TimingRegime::chained ? fmt::format("{} {}", regime, timing.chain) : regime;
}

/// Whether some pattern was measured with several sets of parameters.
bool parameters_vary(std::span<const CaseIdentity* const> cases)
{
    std::set<std::string> patterns;
    std::set<std::string> combinations;
    for (const CaseIdentity* what : cases) {
        patterns.insert(what->pattern);
        combinations.insert(what->pattern + "\n" + parameters_text(*what, Language::en));
    }
    return combinations.size() > patterns.size();
}

/// In Chinese an operation has the name that scenarios and libraries give it: its title, which says it in Chinese too,
/// takes twice the columns.
std::string pattern_text(std::string_view pattern, Language language)
{
    const PatternKind kind = pattern_info(pattern).kind;
    const bool is_operation = kind == PatternKind::collective || kind == PatternKind::point_to_point;
    return printable(language == Language::zh && is_operation ? std::string(pattern)
                                                              : in(language, title_of_pattern(pattern)));
}

bool ranks_tell_nodes(std::span<const CaseIdentity* const> cases)
{
    std::map<int, int> nodes;
    return std::ranges::all_of(cases, [&](const CaseIdentity* what) {
        return nodes.emplace(what->ranks, what->nodes).first->second == what->nodes;
    });
}

}  // namespace

CaseColumns::CaseColumns(std::span<const CaseIdentity* const> cases, Nodes nodes)
{
    std::vector<Property> candidates{
        {"dtype", [](const CaseIdentity& what, Language) { return std::string(name(what.dtype)); }},
        {"op",
         [](const CaseIdentity& what, Language language) {
             const auto collective = parse_collective(what.pattern);
             return collective && info(*collective).reduces ? in(language, word(name(what.op))) : std::string(nothing);
         }},
        {"buffer", [](const CaseIdentity& what,
                      Language language) { return in(language, what.in_place ? say("in place") : say("two")); }},
        {"root", [](const CaseIdentity& what, Language) { return fmt::format("{}", what.root); }},
        {"place", [](const CaseIdentity& what, Language language) { return in(language, word(name(what.placement))); }},
        {"set", [](const CaseIdentity& what, Language) { return fmt::format("{}", what.subset); }},
        {nodes_title, [](const CaseIdentity& what, Language) { return fmt::format("{}", what.nodes); }}};
    for (Property& property : candidates) {
        std::set<std::string> values;
        for (const CaseIdentity* what : cases) {
            values.insert(property.of(*what, Language::en));
        }
        values.erase(std::string(nothing));
        const bool told =
            property.title == nodes_title && nodes == Nodes::where_ranks_do_not_tell && ranks_tell_nodes(cases);
        if (values.size() > 1 && !told) {
            properties_.push_back(std::move(property));
        }
    }
    if (std::ranges::any_of(cases, [](const CaseIdentity* what) { return is_chained(*what); })) {
        properties_.push_back({"timing", timing_text});
    }
    if (parameters_vary(cases)) {
        properties_.push_back({"parameters", short_parameters_text});
    }
}

std::vector<text::Table::Column> CaseColumns::columns() const
{
    std::vector<text::Table::Column> columns{{"pattern", Align::left}, {"size", Align::right}};
    for (const Property& property : properties_) {
        columns.push_back({std::string(property.title), Align::left});
    }
    columns.push_back({"ranks", Align::right});
    return columns;
}

std::vector<std::string> CaseColumns::cells(const CaseIdentity& what, Language language) const
{
    const auto collective = parse_collective(what.pattern);
    const bool sized = !collective || info(*collective).size_rule != SizeRule::none;
    std::vector<std::string> cells{pattern_text(what.pattern, language),
                                   sized ? format_bytes(what.bytes) : std::string(nothing)};
    for (const Property& property : properties_) {
        cells.push_back(property.of(what, language));
    }
    cells.push_back(fmt::format("{}", what.ranks));
    return cells;
}

}  // namespace plumbline
