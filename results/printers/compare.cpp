// SPDX-License-Identifier: Apache-2.0
#include "results/printers/compare.hpp"

#include "collectives/util/units.hpp"
#include "results/comparison/who_wins.hpp"
#include "results/printers/case_columns.hpp"
#include "results/printers/compare_json.hpp"
#include "results/util/digits.hpp"
#include "results/util/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

namespace plumbline {
namespace {

using text::Align;
using text::printable;

/// Name of a run in the table: "A", "B", ..., and "run 27" from the 27th on.
std::string letter(std::size_t run)
{
    return run < 26 ? std::string(1, static_cast<char>('A' + run)) : fmt::format("run {}", run + 1);
}

std::string ratio_text(const WrittenRatio& written)
{
    return fmt::format("{} {}", written.ratio, written.interval.empty() ? "[none]" : written.interval);
}

std::string optional_text(const std::optional<double>& value, const char* format)
{
    return value ? fmt::format(fmt::runtime(format), *value) : "-";
}

std::string gigabytes(const std::optional<double>& bytes_per_s)
{
    return bytes_per_s ? fmt::format("{:.3g}", *bytes_per_s / 1e9) : "-";
}

bool any_price(std::span<const ComparedRun> runs)
{
    return std::all_of(runs.begin(), runs.end(), [](const ComparedRun& run) { return run.price.has_value(); });
}
bool any_power(std::span<const ComparedRun> runs)
{
    return std::all_of(runs.begin(), runs.end(), [](const ComparedRun& run) { return run.power_kw.has_value(); });
}

void show_runs(std::ostream& out, std::span<const ComparedRun> runs)
{
    for (std::size_t i = 0; i < runs.size(); ++i) {
        const ComparedRun& run = runs[i];
        out << fmt::format("{}  {}: {}, {}{}{}{}\n", letter(i), printable(run.label), printable(run.info.name),
                           text::pluralize(static_cast<std::size_t>(std::max(0, run.info.ranks)), "rank"),
                           is_imported(run.info)   ? ", " + printable(run.info.backend)
                           : run.info.fake_library ? ", STAND-IN"
                           : run.info.simulated    ? ", SIMULATED"
                                                   : "",
                           run.price ? fmt::format(", {:.12g}{}{} a node", *run.price, run.currency.empty() ? "" : " ",
                                                   printable(run.currency))
                                     : "",
                           run.power_kw ? fmt::format(", {:g} kW a node", *run.power_kw) : "");
    }
}

/// Words in lines of at most 100 columns, the second and later ones indented.
void write_wrapped(std::ostream& out, std::string_view said, std::string_view indent)
{
    constexpr std::size_t width = 100;
    std::size_t column = 0;
    for (std::size_t begin = 0; begin < said.size();) {
        const std::size_t end = std::min(said.find(' ', begin), said.size());
        const std::string_view one = said.substr(begin, end - begin);
        if (column > 0 && column + 1 + one.size() > width) {
            out << '\n' << indent;
            column = indent.size();
        } else if (column > 0) {
            out << ' ';
            ++column;
        }
        out << one;
        column += one.size();
        begin = end + 1;
    }
    out << '\n';
}

/// Who wins what, and before it whether like is compared with like.
void show_answer(std::ostream& out, std::span<const ComparedRun> runs, const Comparison& comparison)
{
    out << '\n';
    write_wrapped(out, printable(fairness_said(comparison).english()), "    ");
    const auto lines = [&](const std::vector<Sentence>& all) {
        for (const Sentence& line : all) {
            write_wrapped(out, printable(line.english()), "    ");
        }
    };
    lines(who_wins(runs, comparison));
    if (const Sentence fastest = fastest_said(runs, comparison); !fastest.empty()) {
        lines({fastest});
    }
    lines(tokens_said(runs, comparison));
}

void show_manifest(std::ostream& out, const Comparison& comparison)
{
    std::size_t same = 0;
    out << "\nfairness: what differs between the environments\n";
    for (const ManifestRow& row : comparison.manifest) {
        if (!row.differs) {
            ++same;
            continue;
        }
        out << "  " << printable(row.name) << '\n';
        for (std::size_t i = 0; i < row.values.size(); ++i) {
            out << fmt::format("    {}  {}\n", letter(i),
                               row.values[i].empty() ? "(not said)" : printable(row.values[i]));
        }
    }
    out << fmt::format("  the same: {} of {} properties\n", same, comparison.manifest.size());
}

void show_cases(std::ostream& out, std::span<const ComparedRun> runs, const Comparison& comparison, std::size_t run)
{
    std::vector<const CaseIdentity*> identities;
    for (const ComparedCase& c : comparison.cases) {
        identities.push_back(&c.what);
    }
    const CaseColumns told_apart(identities, CaseColumns::Nodes::where_ranks_do_not_tell);
    std::vector<text::Table::Column> columns = told_apart.columns();
    columns.insert(columns.end(),
                   {{letter(0), Align::right},
                    {letter(run), Align::right},
                    {letter(0) + " GB/s", Align::right},
                    {letter(run) + " GB/s", Align::right},
                    {fmt::format("{}/{} [{:g} %]", letter(run), letter(0), 100 * comparison.confidence), Align::left},
                    {"effect", Align::left},
                    {"", Align::left}});
    text::Table table(std::move(columns));
    for (const ComparedCase& c : comparison.cases) {
        if (c.run == run) {
            std::vector<std::string> cells = told_apart.cells(c.what);
            for (std::string& cell : std::vector<std::string>{
                     format_seconds(c.reference_s), format_seconds(c.time_s), gigabytes(c.reference_busbw_bytes_per_s),
                     gigabytes(c.busbw_bytes_per_s), ratio_text(written_ratio(c, comparison.worse_limit)),
                     c.effect ? effect_said(*c.effect).english() : "-",
                     c.point_value                                 ? std::string("point value")
                     : c.difference == Difference::not_significant ? std::string("-")
                                                                   : std::string(name(c.difference))}) {
                cells.push_back(std::move(cell));
            }
            table.add(std::move(cells));
        }
    }
    out << fmt::format("\n{} ({}) against {} ({})\n{}", letter(run), printable(runs[run].label), letter(0),
                       printable(runs[0].label), table.str());
}

/// Why cases are unknown, each reason once.
void show_unknown(std::ostream& out, const Comparison& comparison)
{
    std::map<std::string, std::size_t> reasons;
    for (const ComparedCase& c : comparison.cases) {
        if (!c.why.empty()) {
            ++reasons[c.why];
        }
    }
    for (const auto& [why, cases] : reasons) {
        out << fmt::format("unknown: {} to show a difference of one among {} ({})\n", printable(why),
                           text::pluralize(comparison.cases.size(), "case"), text::pluralize(cases, "case"));
    }
}

/// What a log's own values are, where there are any.
void show_point_values(std::ostream& out, std::span<const ComparedRun> runs, const Comparison& comparison)
{
    if (std::ranges::none_of(comparison.cases, &ComparedCase::point_value)) {
        return;
    }
    out << "point value: of a log, without samples; no interval, and no difference is shown\n";
    for (std::size_t i = 0; i < runs.size(); ++i) {
        std::set<std::string> estimators;
        for (const CaseSummary& row : runs[i].measured.cases) {
            if (row.header.reported) {
                estimators.insert(row.header.reported->estimator);
            }
        }
        for (const std::string& estimator : estimators) {
            out << fmt::format("  {}: {}\n", letter(i), printable(estimator));
        }
    }
}

void show_regimes(std::ostream& out, std::span<const ComparedRun> runs, const Comparison& comparison)
{
    std::vector<text::Table::Column> columns{
        {"regime", Align::left}, {"cases", Align::right},  {"better", Align::right}, {"worse", Align::right},
        {"speed", Align::left},  {"lowest", Align::right}, {"highest", Align::right}};
    if (any_price(runs)) {
        columns.push_back({"per money", Align::right});
    }
    if (any_power(runs)) {
        columns.push_back({"per kW", Align::right});
    }
    text::Table table(std::move(columns));
    for (const RegimeSummary& r : comparison.regimes) {
        std::vector<std::string> cells{std::string(name(r.regime)),
                                       fmt::format("{}", r.cases),
                                       fmt::format("{}", r.better),
                                       fmt::format("{}", r.worse),
                                       fmt::format("{}/{} {:.3f}", letter(r.run), letter(0), r.geometric_mean),
                                       fmt::format("{:.3f}", r.lowest),
                                       fmt::format("{:.3f}", r.highest)};
        if (any_price(runs)) {
            cells.push_back(optional_text(r.per_price, "{:.3f}"));
        }
        if (any_power(runs)) {
            cells.push_back(optional_text(r.per_power, "{:.3f}"));
        }
        table.add(std::move(cells));
    }
    out << "\ngeometric mean of the ratios of time, for each regime of the reference\n" << table.str();
}

void show_unmatched(std::ostream& out, const Comparison& comparison)
{
    if (comparison.unmatched.empty()) {
        return;
    }
    out << fmt::format("\nnot compared: {}\n", text::pluralize(comparison.unmatched.size(), "case"));
    for (const UnmatchedCase& lost : comparison.unmatched) {
        out << fmt::format("  {}  {}: {}\n", letter(lost.run), printable(describe(lost.what)), printable(lost.why));
    }
}

}  // namespace

WrittenRatio written_ratio(const ComparedCase& c, std::optional<double> worse_limit)
{
    std::vector<double> limits{1};
    if (worse_limit) {
        limits.push_back(1 - *worse_limit);
    }
    std::vector<double> values{c.ratio};
    if (c.interval) {
        values.insert(values.end(), {c.interval->low, c.interval->high});
    }
    const auto texts = text::written_apart(values, limits, text::fixed_point(3));
    return {.ratio = texts[0], .interval = c.interval ? fmt::format("[{}, {}]", texts[1], texts[2]) : ""};
}

void compare_text(std::ostream& out, std::span<const ComparedRun> runs, const Comparison& comparison)
{
    show_runs(out, runs);
    show_answer(out, runs, comparison);
    show_manifest(out, comparison);
    for (std::size_t run = 1; run < runs.size(); ++run) {
        show_cases(out, runs, comparison, run);
    }
    out << fmt::format(
        "B/A: speeds, time of {} / time of the other, above 1 = faster; interval of each\n"
        "     case alone\n"
        "better, worse: shown at {:g} % over all {} together (Holm); -: none shown\n"
        "GB/s: bus bandwidth; effect: how far the samples lie apart (Cliff's delta): none, small, medium, large\n",
        letter(0), 100 * comparison.confidence, text::pluralize(comparison.cases.size(), "case"));
    show_unknown(out, comparison);
    show_point_values(out, runs, comparison);
    show_regimes(out, runs, comparison);
    show_unmatched(out, comparison);
    if (comparison.verdict) {
        out << fmt::format("\nverdict: {} (worse by over {:g} %: FAIL)\n", name(*comparison.verdict),
                           100 * comparison.worse_limit.value_or(0));
        if (const Sentence cases = cases_said(runs, comparison); !cases.empty()) {
            write_wrapped(out, "  " + printable(cases.english()), "    ");
        }
    }
}

void compare_json(std::ostream& out, std::span<const ComparedRun> runs, const Comparison& comparison)
{
    out << comparison_json(runs, comparison).dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace)
        << '\n';
}

}  // namespace plumbline
