// SPDX-License-Identifier: Apache-2.0
#include "results/printers/show.hpp"

#include "collectives/operations/types.hpp"
#include "collectives/util/units.hpp"
#include "results/printers/case_columns.hpp"
#include "results/printers/scaling.hpp"
#include "results/printers/workloads.hpp"
#include "results/records/identity_parameters.hpp"
#include "results/records/round.hpp"
#include "results/summaries/summarize.hpp"
#include "results/util/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>
#include <string_view>

namespace plumbline {
namespace {

using text::Align;
using text::printable;

constexpr std::string_view nothing = "-";

/// "[12.1, 12.5]" in the unit of the value beside it.
std::string seconds_interval(double unit_s, double low, double high)
{
    const auto number = [&](double seconds) {
        const double value = seconds / unit_s;
        const int decimals = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
        return fmt::format("{:.{}f}", value, decimals);
    };
    return fmt::format("[{}, {}]", number(low), number(high));
}

/// The unit, in seconds, that format_seconds() used.
double unit_of(std::string_view formatted)
{
    return formatted.ends_with(" ns")   ? 1e-9
           : formatted.ends_with(" us") ? 1e-6
           : formatted.ends_with(" ms") ? 1e-3
                                        : 1;
}

std::string time_with_interval(double median_s, const CaseSummary& row, Language language)
{
    const std::string median = format_seconds(median_s);
    return row.ci_low_s && row.ci_high_s
               ? median + " " + seconds_interval(unit_of(median), *row.ci_low_s, *row.ci_high_s)
               : median + " " + in(language, word("[none]"));
}

std::string bandwidth(const std::optional<double>& bytes_per_s)
{
    return bytes_per_s ? format_gigabytes_per_second(*bytes_per_s) : std::string(nothing);
}

/// Why one round stopped does not explain an interval over many rounds; an imported value has no interval.
bool is_unconverged(const CaseSummary& row)
{
    return !row.header.reported && row.interval_over != "rounds" && row.interval_over != "launches" &&
           !row.stop.empty() && row.stop != name(StopReason::converged);
}

Sentence note_of_samples(const CaseSummary& row)
{
    if (row.header.reported) {
        return say("as reported");
    }
    if (!row.unstable.empty()) {
        return say("unstable: {}", word(row.unstable));
    }
    return is_unconverged(row) ? word(row.stop) : Sentence();
}

/// Where pairs lie, of a case on several nodes.
Sentence note_of_pairs(const CaseHeader& header)
{
    if (!header.pairs_across_nodes || header.what.nodes < 2) {
        return "";
    }
    const double share = *header.pairs_across_nodes;
    return share <= 0   ? say("pairs within nodes")
           : share >= 1 ? say("pairs across nodes")
                        : say("{:.0f} % of pairs across nodes", 100 * share);
}

Sentence note(const CaseSummary& row)
{
    const Sentence samples = note_of_samples(row);
    const Sentence pairs = note_of_pairs(row.header);
    return samples.empty() ? pairs : pairs.empty() ? samples : say("{}; {}", samples, pairs);
}

std::vector<std::string> case_cells(const CaseSummary& row, const CaseColumns& told_apart, Language language)
{
    std::vector<std::string> cells = told_apart.cells(row.header.what, language);
    if (row.header.status != CaseStatus::measured || !row.median_s) {
        const bool no_samples = row.header.status == CaseStatus::measured;
        cells.push_back(
            printable(in(language, no_samples ? say("no samples")
                                              : say("{}: {}", word(name(row.header.status)), reason(row.header)))));
        return cells;
    }
    cells.push_back(time_with_interval(*row.median_s, row, language));
    cells.push_back(bandwidth(row.algbw_bytes_per_s));
    cells.push_back(bandwidth(row.busbw_bytes_per_s));
    cells.push_back(fmt::format("{}", row.samples));
    cells.push_back(printable(in(language, note(row))));
    return cells;
}

void show_cases(std::ostream& out, std::span<const CaseSummary> cases, double confidence, Language language)
{
    std::vector<const CaseIdentity*> identities;
    for (const CaseSummary& row : cases) {
        identities.push_back(&row.header.what);
    }
    const CaseColumns told_apart(identities, CaseColumns::Nodes::where_they_vary);
    std::vector<text::Table::Column> columns = told_apart.columns();
    for (text::Table::Column& column : columns) {
        column.title = in(language, word(column.title));
    }
    columns.insert(columns.end(), {{in(language, say("time [{:g} %]", 100 * confidence)), Align::left},
                                   {in(language, word("algbw")), Align::right},
                                   {in(language, word("busbw")), Align::right},
                                   {in(language, say("samples")), Align::right},
                                   {in(language, say("note")), Align::left}});
    text::Table table(std::move(columns));
    for (const CaseSummary& row : cases) {
        table.add(case_cells(with_point_value(row), told_apart, language));
    }
    out << table.str();
}

/// Whether the intervals cover differences between launches.
void show_launches(std::ostream& out, std::span<const CaseSummary> cases, Language language)
{
    int fewest = 0;
    int most = 0;
    for (const CaseSummary& row : cases) {
        if (row.median_s) {
            fewest = fewest == 0 ? row.launches : std::min(fewest, row.launches);
            most = std::max(most, row.launches);
        }
    }
    if (most == 1) {
        out << in(language, say("one launch: no interval knows how launches differ (run --append adds one)")) << '\n';
    } else if (most > 1) {
        const Sentence over = fewest == most ? say("intervals over {} launches", most)
                                             : say("intervals over {} to {} launches", fewest, most);
        out << in(language, fewest < 6   ? say("{}: 95 % needs 6 (run --append adds one)", over)
                            : fewest < 7 ? say("{}: ratios need 7 (run --append adds one)", over)
                                         : over)
            << '\n';
    }
}

/// What the network did for a case is not known where others used it too.
void show_at_once(std::ostream& out, std::span<const CaseSummary> cases, Language language)
{
    const auto count = std::ranges::count_if(
        cases, [](const CaseSummary& row) { return text_parameter(row.header.what, "at_once").has_value(); });
    if (count > 0) {
        out << in(language, say("may have been measured beside other sets of ranks (at_once; a round says so): {}",
                                count_said(count, "{} case", "{} cases")))
            << '\n';
    }
}

/// "data right in 10 of 10 cases that can be checked; 5 have no data to check".
Sentence coverage_of(std::span<const CaseSummary> cases)
{
    long long verified = 0;
    long long without = 0;
    long long off = 0;
    long long wrong = 0;
    for (const CaseSummary& row : cases) {
        wrong += has_wrong_data(row.header) ? 1 : 0;
        if (row.header.status == CaseStatus::measured) {
            verified += row.header.verification == Verification::verified ? 1 : 0;
            without += row.header.verification == Verification::not_verifiable ? 1 : 0;
            off += row.header.verification == Verification::off ? 1 : 0;
        }
    }
    Sentence text =
        say("data verified in {} of {}", verified,
            count_said(verified + off + wrong, "{} case that can be checked", "{} cases that can be checked"));
    if (wrong > 0) {
        text = say("{}; {}", text, say("wrong data in {}", wrong));
    }
    if (without > 0) {
        text = say("{}; {}", text, count_said(without, "{} has no data to check", "{} have no data to check"));
    }
    return text;
}

/// What the table leaves out or only hints at.
void show_footnotes(std::ostream& out, std::span<const CaseSummary> cases, const RunMetadata& info, Language language)
{
    const auto line = [&](const Sentence& sentence) { out << text::printable_lines(in(language, sentence)) << '\n'; };
    std::size_t measured = 0;
    bool no_busbw = false;
    bool unconverged = false;
    bool unstable = false;
    bool medians = false;
    std::set<std::string> too_few;
    std::set<std::string> estimators;
    for (const CaseSummary& row : cases) {
        if (row.header.status == CaseStatus::measured) {
            ++measured;
            no_busbw = no_busbw || (row.header.total_bytes > 0 && row.header.what.ranks == 1);
            unconverged = unconverged || is_unconverged(row);
            unstable = unstable || !row.unstable.empty();
            if (row.median_s && !row.ci_low_s && !row.header.reported) {
                too_few.insert(row.interval_over.empty() ? "samples" : row.interval_over);
            }
            medians = medians || !row.header.reported;
            if (row.header.reported) {
                estimators.insert(row.header.reported->estimator);
            }
        }
    }
    line(medians || !is_imported(info) ? say("time: median of the slowest rank's; algbw, busbw in GB/s (1e9 bytes/s)")
                                       : say("algbw, busbw in GB/s (1e9 bytes/s)"));
    for (const std::string& estimator : estimators) {
        line(say("as reported, without samples: {}", word(estimator)));
    }
    if (unconverged && !is_imported(info)) {
        line(say("note: interval still wider than asked when it stopped (budget: seconds, cap:\n      samples)"));
    }
    if (unstable) {
        line(
            say("unstable: the samples are not of one kind (drift: the second half differs; bimodal:\n"
                "          two groups; bursts: slow ones come together); the interval can't show that"));
    }
    for (const std::string& what : too_few) {
        line(say("[none]: too few {} for an interval", word(what)));
    }
    if (!info.simulated && !is_imported(info)) {
        show_launches(out, cases, language);
        show_at_once(out, cases, language);
    }
    if (no_busbw) {
        line(say("algbw, busbw -: one rank alone communicates nothing"));
    }
    if (measured > 0) {
        line(coverage_of(cases));
    }
}

}  // namespace

void show_text(std::ostream& out, const RunMetadata& info, std::span<const CaseSummary> cases,
               std::span<const ScalingRow> scaling, bool complete, Language language)
{
    const auto line = [&](const Sentence& sentence) { out << printable(in(language, sentence)) << '\n'; };
    const auto hosts = static_cast<long long>(info.hosts.size());
    const Sentence ranks = is_imported(info) && info.hosts.empty()
                               ? say("{}, hosts not said by the log", ranks_said(info.ranks))
                               : say("{} on {}", ranks_said(info.ranks), count_said(hosts, "{} host", "{} hosts"));
    line(say("{}: {}, backend {}", verbatim(info.name), ranks, info.backend));
    if (info.simulated) {
        line(say("simulated: not a measurement of this machine"));
    }
    if (info.fake_library) {
        line(say("stand-in: true (a library for tests in place of the real one; nothing here is a measurement of it)"));
    }
    if (!complete) {
        line(say("incomplete: {} of {} stored; 'plumbline run --resume' goes on", cases.size(),
                 count_said(std::max(0, info.planned_cases), "{} planned case", "{} planned cases")));
    }
    for (const Sentence& warning : info.warnings) {
        line(say("warning: {}", warning));
    }
    if (cases.empty()) {
        line(say("no case is stored"));
        return;
    }
    out << '\n';
    show_cases(out, cases, info.confidence, language);
    show_footnotes(out, cases, info, language);
    show_workloads(out, cases, language);
    show_training(out, cases, language);
    show_congestion(out, cases, language);
    show_scaling(out, scaling, language);
    show_speedup(out, scaling, language);
}

void show_machine(std::ostream& out, const MachineStates& states, Language language)
{
    if (const auto line = describe_states(states)) {
        out << '\n' << in(language, *line) << '\n';
    }
}

}  // namespace plumbline
