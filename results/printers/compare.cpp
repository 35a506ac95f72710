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

Sentence cases_said(std::size_t count)
{
    return count_said(static_cast<long long>(count), "{} case", "{} cases");
}

std::string ratio_text(const WrittenRatio& written, Language language)
{
    return fmt::format("{} {}", written.ratio,
                       written.interval.empty() ? in(language, word("[none]")) : written.interval);
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

void show_runs(std::ostream& out, std::span<const ComparedRun> runs, Language language)
{
    for (std::size_t i = 0; i < runs.size(); ++i) {
        const ComparedRun& run = runs[i];
        Sentence said = say("{}: {}, {}", verbatim(printable(run.label)), verbatim(printable(run.info.name)),
                            ranks_said(run.info.ranks));
        if (is_imported(run.info)) {
            said = say("{}, {}", said, printable(run.info.backend));
        } else if (run.info.fake_library) {
            said = say("{}, STAND-IN", said);
        } else if (run.info.simulated) {
            said = say("{}, SIMULATED", said);
        }
        if (run.price) {
            said =
                say("{}, {} a node", said,
                    fmt::format("{:.12g}{}{}", *run.price, run.currency.empty() ? "" : " ", printable(run.currency)));
        }
        said = run.power_kw ? say("{}, {:g} kW a node", said, *run.power_kw) : said;
        out << letter(i) << "  " << in(language, said) << '\n';
    }
}

/// Words in lines of at most 100 columns, the second and later ones indented.
void write_folded(std::ostream& out, std::string_view said)
{
    constexpr std::size_t indent = 4, columns = 100;
    out << text::folded(said, indent, columns) << '\n';
}

/// Who wins what, and before it whether like is compared with like.
void show_answer(std::ostream& out, std::span<const ComparedRun> runs, const Comparison& comparison, Language language)
{
    out << '\n';
    const auto line = [&](const Sentence& said) { write_folded(out, printable(in(language, said))); };
    line(fairness_said(comparison));
    std::ranges::for_each(who_wins(runs, comparison), line);
    if (const Sentence fastest = fastest_said(runs, comparison); !fastest.empty()) {
        line(fastest);
    }
    std::ranges::for_each(tokens_said(runs, comparison), line);
}

/// A value of the environment; the few words of it that aren't names are words of the catalogue.
Sentence value_said(const std::string& value)
{
    return value == "yes" || value == "no" || value == "on" || value == "off" ? word(value) : Sentence(value);
}

void show_manifest(std::ostream& out, const Comparison& comparison, Language language)
{
    std::size_t same = 0;
    out << '\n' << in(language, say("fairness: what differs between the environments")) << '\n';
    for (const ManifestRow& row : comparison.manifest) {
        if (!row.differs) {
            ++same;
            continue;
        }
        out << "  " << in(language, word(printable(row.name))) << '\n';
        for (std::size_t i = 0; i < row.values.size(); ++i) {
            out << fmt::format(
                "    {}  {}\n", letter(i),
                in(language, row.values[i].empty() ? say("(not said)") : value_said(printable(row.values[i]))));
        }
    }
    out << "  " << in(language, say("the same: {} of {} properties", same, comparison.manifest.size())) << '\n';
}

void show_cases(std::ostream& out, std::span<const ComparedRun> runs, const Comparison& comparison, std::size_t run,
                Language language)
{
    std::vector<const CaseIdentity*> identities;
    for (const ComparedCase& c : comparison.cases) {
        identities.push_back(&c.what);
    }
    const CaseColumns told_apart(identities, CaseColumns::Nodes::where_ranks_do_not_tell);
    std::vector<text::Table::Column> columns = told_apart.columns();
    for (text::Table::Column& column : columns) {
        column.title = in(language, word(column.title));
    }
    columns.insert(columns.end(),
                   {{letter(0), Align::right},
                    {letter(run), Align::right},
                    {letter(0) + " GB/s", Align::right},
                    {letter(run) + " GB/s", Align::right},
                    {fmt::format("{}/{} [{:g} %]", letter(run), letter(0), 100 * comparison.confidence), Align::left},
                    {in(language, word("effect")), Align::left},
                    {"", Align::left}});
    text::Table table(std::move(columns));
    for (const ComparedCase& c : comparison.cases) {
        if (c.run == run) {
            std::vector<std::string> cells = told_apart.cells(c.what, language);
            for (std::string& cell : std::vector<std::string>{
                     format_seconds(c.reference_s), format_seconds(c.time_s), gigabytes(c.reference_busbw_bytes_per_s),
                     gigabytes(c.busbw_bytes_per_s), ratio_text(written_ratio(c, comparison.worse_limit), language),
                     c.effect ? in(language, effect_said(*c.effect)) : "-",
                     c.point_value                                 ? in(language, word("point value"))
                     : c.difference == Difference::not_significant ? std::string("-")
                                                                   : in(language, word(name(c.difference)))}) {
                cells.push_back(std::move(cell));
            }
            table.add(std::move(cells));
        }
    }
    out << '\n'
        << in(language, say("{} ({}) against {} ({})", letter(run), printable(runs[run].label), letter(0),
                            printable(runs[0].label)))
        << '\n'
        << table.str();
}

/// Why cases are unknown, each reason once.
void show_unknown(std::ostream& out, const Comparison& comparison, Language language)
{
    std::map<std::string, std::size_t> reasons;
    for (const ComparedCase& c : comparison.cases) {
        if (!c.why.empty()) {
            ++reasons[c.why];
        }
    }
    for (const auto& [why, cases] : reasons) {
        out << in(language, say("unknown: {} to show a difference of one among {} ({})", printable(why),
                                cases_said(comparison.cases.size()), cases_said(cases)))
            << '\n';
    }
}

/// What a log's own values are, where there are any.
void show_point_values(std::ostream& out, std::span<const ComparedRun> runs, const Comparison& comparison,
                       Language language)
{
    if (std::ranges::none_of(comparison.cases, &ComparedCase::point_value)) {
        return;
    }
    out << in(language, say("point value: of a log, without samples; no interval, and no difference is shown")) << '\n';
    for (std::size_t i = 0; i < runs.size(); ++i) {
        std::set<std::string> estimators;
        for (const CaseSummary& row : runs[i].measured.cases) {
            if (row.header.reported) {
                estimators.insert(row.header.reported->estimator);
            }
        }
        for (const std::string& estimator : estimators) {
            out << "  " << in(language, say("{}: {}", letter(i), word(printable(estimator)))) << '\n';
        }
    }
}

void show_regimes(std::ostream& out, std::span<const ComparedRun> runs, const Comparison& comparison, Language language)
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
    for (text::Table::Column& column : columns) {
        column.title = in(language, word(column.title));
    }
    text::Table table(std::move(columns));
    for (const RegimeSummary& r : comparison.regimes) {
        std::vector<std::string> cells{in(language, word(name(r.regime))),
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
    out << '\n'
        << in(language, say("geometric mean of the ratios of time, for each regime of the reference")) << '\n'
        << table.str();
}

void show_unmatched(std::ostream& out, const Comparison& comparison, Language language)
{
    if (comparison.unmatched.empty()) {
        return;
    }
    out << '\n' << in(language, say("not compared: {}", cases_said(comparison.unmatched.size()))) << '\n';
    for (const UnmatchedCase& lost : comparison.unmatched) {
        out << fmt::format("  {}  {}\n", letter(lost.run),
                           printable(in(language, say("{}: {}", description(lost.what), lost.why))));
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

void compare_text(std::ostream& out, std::span<const ComparedRun> runs, const Comparison& comparison, Language language)
{
    const auto line = [&](const Sentence& sentence) { out << in(language, sentence) << '\n'; };
    show_runs(out, runs, language);
    show_answer(out, runs, comparison, language);
    show_manifest(out, comparison, language);
    for (std::size_t run = 1; run < runs.size(); ++run) {
        show_cases(out, runs, comparison, run, language);
    }
    line(say("B/A: speeds, time of {} / time of the other, above 1 = faster; interval of each\n     case alone",
             letter(0)));
    line(say("better, worse: shown at {:g} % over all {} together (Holm); -: none shown", 100 * comparison.confidence,
             cases_said(comparison.cases.size())));
    line(say("GB/s: bus bandwidth; effect: how far the samples lie apart (Cliff's delta): none, small, medium, large"));
    if (comparison.launch_spread) {
        line(
            say("a file of one launch can't know how launches differ: what is within {:g} % is\nunknown, unless both "
                "have several (run --append)",
                100 * *comparison.launch_spread));
    }
    show_unknown(out, comparison, language);
    show_point_values(out, runs, comparison, language);
    show_regimes(out, runs, comparison, language);
    show_unmatched(out, comparison, language);
    if (comparison.verdict) {
        out << '\n';
        const double limit = 100 * comparison.worse_limit.value_or(0);
        const Sentence verdict = word(name(*comparison.verdict));
        line(comparison.launch_spread ? say("verdict: {} (worse by over {:g} %, beside {:g} % for launches: FAIL)",
                                            verdict, limit, 100 * *comparison.launch_spread)
                                      : say("verdict: {} (worse by over {:g} %: FAIL)", verdict, limit));
        if (const Sentence cases = cases_said(runs, comparison); !cases.empty()) {
            write_folded(out, "  " + printable(in(language, cases)));
        }
    }
}

void compare_json(std::ostream& out, std::span<const ComparedRun> runs, const Comparison& comparison)
{
    out << comparison_json(runs, comparison).dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace)
        << '\n';
}

}  // namespace plumbline
