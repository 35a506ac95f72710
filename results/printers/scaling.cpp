// SPDX-License-Identifier: Apache-2.0
#include "results/printers/scaling.hpp"

#include "collectives/util/units.hpp"
#include "results/records/case_titles.hpp"
#include "results/util/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <set>
#include <string>

namespace plumbline {
namespace {

using text::Align;
using text::printable;

Sentence base_text(const ScalingRow& row)
{
    return say("{}: {}", ranks_said(row.base_ranks), text::quantity(row.base_value, row.base_unit));
}

std::string percent_interval(const std::optional<Interval>& interval)
{
    return interval ? fmt::format("[{:.1f}, {:.1f}]", 100 * interval->low, 100 * interval->high) : "[none]";
}

bool is_base(const ScalingRow& row)
{
    return row.case_id == row.base_case_id;
}

/// What distinguishes the row from others of its metric, pattern and size: "dtype float16, sharding zero1"; often
/// empty.
std::string told_by(const ScalingRow& row, std::span<const ScalingRow> scaling)
{
    std::set<std::string> keys;
    bool types_vary = false;
    const auto compare = [&](const ScalingRow& a, const ScalingRow& b) {
        for (const auto& [key, value] : a.parameters) {
            const auto other = b.parameters.find(key);
            if (other == b.parameters.end() || other->second != value) {
                keys.insert(key);
            }
        }
    };
    for (const ScalingRow& other : scaling) {
        if (other.metric == row.metric && other.pattern == row.pattern && other.bytes == row.bytes) {
            types_vary = types_vary || other.dtype != row.dtype;
            compare(row, other);
            compare(other, row);
        }
    }
    std::string text = types_vary ? fmt::format("dtype {}", name(row.dtype)) : "";
    for (const std::string& key : keys) {
        const auto found = row.parameters.find(key);
        if (found != row.parameters.end()) {
            text += fmt::format("{}{} {}", text.empty() ? "" : ", ", key, found->second);
        }
    }
    return printable(text);
}

std::string joined(const std::string& one, const std::string& other)
{
    return one.empty() || other.empty() ? one + other : one + ", " + other;
}

}  // namespace

void show_scaling(std::ostream& out, std::span<const ScalingRow> scaling, Language language)
{
    const auto title = [&](std::string_view name) { return in(language, word(name)); };
    std::set<Metric> metrics;
    for (const ScalingRow& row : scaling) {
        metrics.insert(row.metric);
    }
    for (const Metric metric : metrics) {
        text::Table table({{title("pattern"), Align::left},
                           {title("size"), Align::right},
                           {title("base"), Align::left},
                           {title("ranks"), Align::right},
                           {title("efficiency"), Align::left},
                           {metric == Metric::weak_efficiency ? title("speedup") : "", Align::right},
                           {"", Align::left}});
        const auto shown = [&](const ScalingRow& row) { return row.metric == metric && !is_base(row); };
        // Said once where it holds for all rows.
        const bool all_across =
            std::ranges::any_of(scaling, shown) &&
            std::ranges::all_of(scaling, [&](const ScalingRow& row) { return !shown(row) || row.across_fabrics; });
        for (const ScalingRow& row : scaling) {
            if (!shown(row)) {
                continue;
            }
            table.add({printable(in(language, title_of_pattern(row.pattern))), format_bytes(row.bytes),
                       in(language, base_text(row)), fmt::format("{}", row.ranks),
                       fmt::format("{:.1f} % {}", 100 * row.efficiency, percent_interval(row.interval)),
                       row.speedup ? fmt::format("{:.2f}x", *row.speedup) : "",
                       joined(row.across_fabrics && !all_across ? in(language, say("across nodes")) : "",
                              told_by(row, scaling))});
        }
        const Sentence what = say("scaling: {} = {}, {} fixed", word(info(metric).name), info(metric).formula,
                                  word(info(metric).held_fixed));
        out << '\n' << in(language, all_across ? say("{}, across nodes", what) : what) << '\n' << table.str();
    }
}

void show_speedup(std::ostream& out, std::span<const ScalingRow> scaling, Language language)
{
    std::vector<const ScalingRow*> rows;
    int largest = 0;
    for (const ScalingRow& row : scaling) {
        if (row.speedup && !is_base(row)) {
            rows.push_back(&row);
            largest = std::max(largest, row.ranks);
        }
    }
    std::erase_if(rows, [&](const ScalingRow* row) { return row->ranks < largest; });
    if (!rows.empty()) {
        out << '\n';
    }
    for (const ScalingRow* row : rows) {
        const Sentence fixed = say("{} fixed", word(row->held_fixed));
        out << in(language,
                  say("linear speedup: {:.2f}x on {} (base {}; {}), weak efficiency {:.1f} % {}",
                      row->speedup.value_or(0), ranks_said(row->ranks), base_text(*row),
                      rows.size() > 1 ? say("{}, {}", fixed, joined(format_bytes(row->bytes), told_by(*row, scaling)))
                                      : fixed,
                      100 * row->efficiency, percent_interval(row->interval)))
            << '\n';
    }
}

}  // namespace plumbline
