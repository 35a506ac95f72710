// SPDX-License-Identifier: Apache-2.0
#include "results/printers/show.hpp"

#include "collectives/operations/types.hpp"
#include "collectives/util/units.hpp"
#include "results/printers/case_columns.hpp"
#include "results/printers/scaling.hpp"
#include "results/printers/workloads.hpp"
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
using text::pluralize;
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

std::string time_with_interval(double median_s, const CaseSummary& row)
{
    const std::string median = format_seconds(median_s);
    return row.ci_low_s && row.ci_high_s
               ? median + " " + seconds_interval(unit_of(median), *row.ci_low_s, *row.ci_high_s)
               : median + " [none]";
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

std::string note_of_samples(const CaseSummary& row)
{
    if (row.header.reported) {
        return "as reported";
    }
    if (!row.unstable.empty()) {
        return "unstable: " + printable(row.unstable);
    }
    return is_unconverged(row) ? printable(row.stop) : "";
}

/// Where pairs lie, of a case on several nodes.
std::string note_of_pairs(const CaseHeader& header)
{
    if (!header.pairs_across_nodes || header.what.nodes < 2) {
        return "";
    }
    const double share = *header.pairs_across_nodes;
    return share <= 0   ? "pairs within nodes"
           : share >= 1 ? "pairs across nodes"
                        : fmt::format("{:.0f} % of pairs across nodes", 100 * share);
}

std::string note(const CaseSummary& row)
{
    const std::string samples = note_of_samples(row);
    const std::string pairs = note_of_pairs(row.header);
    return samples + (samples.empty() || pairs.empty() ? "" : "; ") + pairs;
}

std::vector<std::string> case_cells(const CaseSummary& row, const CaseColumns& told_apart)
{
    std::vector<std::string> cells = told_apart.cells(row.header.what);
    if (row.header.status != CaseStatus::measured || !row.median_s) {
        const bool no_samples = row.header.status == CaseStatus::measured;
        cells.push_back(no_samples ? "no samples"
                                   : fmt::format("{}: {}", name(row.header.status), printable(row.header.why)));
        return cells;
    }
    cells.push_back(time_with_interval(*row.median_s, row));
    cells.push_back(bandwidth(row.algbw_bytes_per_s));
    cells.push_back(bandwidth(row.busbw_bytes_per_s));
    cells.push_back(fmt::format("{}", row.samples));
    cells.push_back(note(row));
    return cells;
}

void show_cases(std::ostream& out, std::span<const CaseSummary> cases, double confidence)
{
    std::vector<const CaseIdentity*> identities;
    for (const CaseSummary& row : cases) {
        identities.push_back(&row.header.what);
    }
    const CaseColumns told_apart(identities, CaseColumns::Nodes::where_they_vary);
    std::vector<text::Table::Column> columns = told_apart.columns();
    const std::string time = fmt::format("time [{:g} %]", 100 * confidence);
    columns.insert(columns.end(), {{time, Align::left},
                                   {"algbw", Align::right},
                                   {"busbw", Align::right},
                                   {"samples", Align::right},
                                   {"note", Align::left}});
    text::Table table(std::move(columns));
    for (const CaseSummary& row : cases) {
        table.add(case_cells(with_point_value(row), told_apart));
    }
    out << table.str();
}

/// Whether the intervals cover differences between launches.
void show_launches(std::ostream& out, std::span<const CaseSummary> cases)
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
        out << "one launch: no interval knows how launches differ (run --append adds one)\n";
    } else if (most > 1) {
        out << fmt::format("intervals over {} launches{}\n",
                           fewest == most ? fmt::format("{}", most) : fmt::format("{} to {}", fewest, most),
                           fewest < 6   ? ": 95 % needs 6 (run --append adds one)"
                           : fewest < 7 ? ": ratios need 7 (run --append adds one)"
                                        : "");
    }
}

/// What the table leaves out or only hints at.
void show_footnotes(std::ostream& out, std::span<const CaseSummary> cases, const RunMetadata& info)
{
    std::size_t measured = 0;
    std::size_t verified = 0;
    bool no_busbw = false;
    bool unconverged = false;
    bool unstable = false;
    bool medians = false;
    std::set<std::string> too_few;
    std::set<std::string> estimators;
    for (const CaseSummary& row : cases) {
        if (row.header.status == CaseStatus::measured) {
            ++measured;
            verified += row.header.verification == Verification::verified ? 1U : 0U;
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
    out << (medians || !is_imported(info) ? "time: median of the slowest rank's; algbw, busbw in GB/s (1e9 bytes/s)\n"
                                          : "algbw, busbw in GB/s (1e9 bytes/s)\n");
    for (const std::string& estimator : estimators) {
        out << "as reported, without samples: " << printable(estimator) << '\n';
    }
    if (unconverged && !is_imported(info)) {
        out << "note: interval still wider than asked when it stopped (budget: seconds, cap:\n      samples)\n";
    }
    if (unstable) {
        out << "unstable: the samples are not of one kind (drift: the second half differs; bimodal:\n"
               "          two groups; bursts: slow ones come together); the interval can't show that\n";
    }
    for (const std::string& what : too_few) {
        out << "[none]: too few " << printable(what) << " for an interval\n";
    }
    if (!info.simulated && !is_imported(info)) {
        show_launches(out, cases);
    }
    if (no_busbw) {
        out << "algbw, busbw -: one rank alone communicates nothing\n";
    }
    if (measured > 0) {
        out << fmt::format("data verified in {} of {}\n", verified, pluralize(measured, "measured case"));
    }
}

}  // namespace

void show_text(std::ostream& out, const RunMetadata& info, std::span<const CaseSummary> cases,
               std::span<const ScalingRow> scaling, bool complete)
{
    const std::string hosts = is_imported(info) && info.hosts.empty()
                                  ? std::string(", hosts not said by the log")
                                  : fmt::format(" on {}", pluralize(info.hosts.size(), "host"));
    out << fmt::format("{}: {}{}, backend {}\n", printable(info.name), text::rank_count(info.ranks), hosts,
                       printable(info.backend));
    if (info.simulated) {
        out << "simulated: not a measurement of this machine\n";
    }
    if (info.fake_library) {
        out << "stand-in: true (a library for tests in place of the real one; nothing here is a measurement of it)\n";
    }
    if (!complete) {
        out << fmt::format("incomplete: {} of {} stored; 'plumbline run --resume' goes on\n", cases.size(),
                           pluralize(static_cast<std::size_t>(std::max(0, info.planned_cases)), "planned case"));
    }
    for (const std::string& warning : info.warnings) {
        out << "warning: " << printable(warning) << '\n';
    }
    if (cases.empty()) {
        out << "no case is stored\n";
        return;
    }
    out << '\n';
    show_cases(out, cases, info.confidence);
    show_footnotes(out, cases, info);
    show_workloads(out, cases);
    show_training(out, cases);
    show_congestion(out, cases);
    show_scaling(out, scaling);
    show_speedup(out, scaling);
}

void show_machine(std::ostream& out, const MachineStates& states)
{
    if (const auto line = describe_states(states)) {
        out << '\n' << *line << '\n';
    }
}

}  // namespace plumbline
