// SPDX-License-Identifier: Apache-2.0
#include "results/printers/workloads.hpp"

#include "collectives/util/units.hpp"
#include "results/records/case_titles.hpp"
#include "results/util/text.hpp"
#include "results/verdicts/applicability.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline {
namespace {

using text::Align;
using text::printable;

constexpr std::string_view nothing = "-";

std::string impact_text(const std::optional<double>& impact, const std::optional<double>& low,
                        const std::optional<double>& high)
{
    if (!impact) {
        return std::string(nothing);
    }
    return low && high ? fmt::format("{:.2f}x [{:.2f}, {:.2f}]", *impact, *low, *high)
                       : fmt::format("{:.2f}x [none]", *impact);
}

}  // namespace

void show_workloads(std::ostream& out, std::span<const CaseSummary> cases, Language language)
{
    text::Table table({{in(language, say("idle")), Align::right},
                       {in(language, say("ideal")), Align::right},
                       {in(language, say("exposed")), Align::right},
                       {in(language, say("step")), Align::left}});
    const CaseTitles titles = titles_of(cases);
    bool any = false;
    const auto percent = [](const std::optional<double>& share) {
        return share ? fmt::format("{:.1f} %", 100 * *share) : std::string(nothing);
    };
    for (const CaseSummary& row : cases) {
        if (!row.bubble_fraction && !row.exposed_s) {
            continue;
        }
        any = true;
        table.add({percent(row.bubble_fraction), percent(row.bubble_ideal),
                   row.exposed_s ? format_seconds(*row.exposed_s) : std::string(nothing),
                   printable(in(language, titles.of(row.header.what)))});
    }
    if (any) {
        out << '\n'
            << in(language, say("workloads: time without compute, the schedule's bubble, exposed communication"))
            << '\n'
            << table.str();
    }
}

void show_training(std::ostream& out, std::span<const CaseSummary> cases, Language language)
{
    struct Column {
        std::string_view title;
        std::optional<double> CaseSummary::* member;
        std::string_view unit;  ///< "%", "x" or ""
    };
    constexpr std::array columns{Column{"overlap", &CaseSummary::overlap_fraction, "%"},
                                 Column{"compute", &CaseSummary::compute_slowdown, "x"},
                                 Column{"comm", &CaseSummary::communication_slowdown, "x"},
                                 Column{"tensor", &CaseSummary::tensor_share, "%"},
                                 Column{"pipeline", &CaseSummary::pipeline_share, "%"},
                                 Column{"data", &CaseSummary::data_share, "%"},
                                 Column{"expert", &CaseSummary::expert_share, "%"},
                                 Column{"MFU", &CaseSummary::mfu, "%"},
                                 Column{"tokens/s", &CaseSummary::tokens_per_s, ""},
                                 Column{"skew", &CaseSummary::skew_factor, "x"}};
    const auto is_new = [](const CaseSummary& row) {
        return row.overlap_fraction || row.tensor_share || row.expert_share || row.mfu || row.tokens_per_s;
    };
    std::vector<Column> shown;
    std::copy_if(columns.begin(), columns.end(), std::back_inserter(shown), [&](const Column& column) {
        return std::any_of(cases.begin(), cases.end(),
                           [&](const CaseSummary& row) { return is_new(row) && row.*column.member; });
    });
    std::vector<text::Table::Column> titles;
    for (const Column& column : shown) {
        titles.push_back({in(language, word(column.title)), Align::right});
    }
    titles.push_back({in(language, say("step")), Align::left});
    text::Table table(std::move(titles));
    const CaseTitles names = titles_of(cases);
    bool any = false;
    for (const CaseSummary& row : cases) {
        if (!is_new(row)) {
            continue;
        }
        any = true;
        std::vector<std::string> cells;
        for (const Column& column : shown) {
            const std::optional<double> value = row.*column.member;
            cells.push_back(!value               ? std::string(nothing)
                            : column.unit == "%" ? fmt::format("{:.1f} %", 100 * *value)
                            : column.unit == "x" ? fmt::format("{:.2f}x", *value)
                                                 : fmt::format("{:.4g}", *value));
        }
        cells.push_back(printable(in(language, names.of(row.header.what))));
        table.add(std::move(cells));
    }
    if (any) {
        out << '\n'
            << in(language,
                  say("workloads: overlap = 1 - blocked / communication alone; compute, comm: beside the other / "
                      "alone; then\n           shares of the step in which a rank is blocked"))
            << '\n'
            << table.str();
        if (std::ranges::any_of(cases, [](const CaseSummary& row) {
                return row.mfu && not_applicable_reason(Metric::mfu, row.header.what).has_value();
            })) {
            out << in(language,
                      say("MFU without compute_kind gemm is of the speed that compute_flops states, and not judged"))
                << '\n';
        }
    }
}

void show_congestion(std::ostream& out, std::span<const CaseSummary> cases, Language language)
{
    text::Table table({{in(language, say("alone")), Align::right},
                       {in(language, say("beside")), Align::right},
                       {in(language, say("impact on mean")), Align::left},
                       {in(language, say("on P99")), Align::left},
                       {in(language, say("case")), Align::left}});
    const CaseTitles titles = titles_of(cases);
    bool any = false;
    for (const CaseSummary& row : cases) {
        if (!row.isolated_s || !row.median_s) {
            continue;
        }
        any = true;
        table.add(
            {format_seconds(*row.isolated_s), format_seconds(*row.median_s),
             impact_text(row.congestion_impact, row.congestion_impact_low, row.congestion_impact_high),
             impact_text(row.congestion_impact_p99, row.congestion_impact_p99_low, row.congestion_impact_p99_high),
             printable(in(language, titles.of(row.header.what)))});
    }
    if (any) {
        out << '\n'
            << in(language,
                  say("congestion: victims' time alone and beside aggressors (medians); impact = beside / alone, "
                      "median over the\n            splits; P99 needs 299 samples of both in a split"))
            << '\n'
            << table.str();
    }
}

}  // namespace plumbline
