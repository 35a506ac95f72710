#include "results/show.hpp"

#include "collectives/types.hpp"
#include "collectives/units.hpp"
#include "results/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <iterator>
#include <set>
#include <string_view>

namespace plumbline {
namespace {

using Json = nlohmann::ordered_json;
using text::Align;
using text::counted;
using text::printable;

constexpr double giga = 1e9;
constexpr std::string_view nothing = "-";

std::string on_ranks(int ranks)
{
    return counted(static_cast<std::size_t>(std::max(0, ranks)), "rank");
}

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

/// The unit, in seconds, that format_seconds() wrote.
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

/// A property that gets a column only where it tells cases apart.
struct Property {
    std::string_view title;
    std::function<std::string(const CaseIdentity&)> of;
};

std::string parameters_text(const CaseIdentity& what)
{
    std::string joined;
    for (const auto& [key, value] : what.parameters) {
        joined += fmt::format("{}{}={}", joined.empty() ? "" : ",", printable(key), printable(value));
    }
    return joined;
}

std::vector<Property> optional_properties()
{
    return {{"dtype", [](const CaseIdentity& what) { return std::string(name(what.dtype)); }},
            {"op",
             [](const CaseIdentity& what) {
                 const auto collective = parse_collective(what.pattern);
                 return std::string(collective && info(*collective).reduces ? name(what.op) : nothing);
             }},
            {"buffer", [](const CaseIdentity& what) { return std::string(what.in_place ? "in place" : "two"); }},
            {"root", [](const CaseIdentity& what) { return fmt::format("{}", what.root); }},
            {"place", [](const CaseIdentity& what) { return std::string(name(what.placement)); }},
            {"set", [](const CaseIdentity& what) { return fmt::format("{}", what.subset); }},
            {"nodes", [](const CaseIdentity& what) { return fmt::format("{}", what.nodes); }}};
}

std::vector<Property> varying_properties(std::span<const CaseSummary> cases)
{
    std::vector<Property> varying;
    for (auto& property : optional_properties()) {
        std::set<std::string> values;
        for (const CaseSummary& row : cases) {
            values.insert(property.of(row.header.what));
        }
        values.erase(std::string(nothing));
        if (values.size() > 1) {
            varying.push_back(std::move(property));
        }
    }
    return varying;
}

/// Whether some pattern was measured with several sets of parameters.
bool parameters_vary(std::span<const CaseSummary> cases)
{
    std::set<std::string> patterns;
    std::set<std::string> combinations;
    for (const CaseSummary& row : cases) {
        patterns.insert(row.header.what.pattern);
        combinations.insert(row.header.what.pattern + "\n" + parameters_text(row.header.what));
    }
    return combinations.size() > patterns.size();
}

/// Each round's own end says nothing of the interval over many rounds.
bool is_unconverged(const CaseSummary& row)
{
    return row.interval_over != "rounds" && row.interval_over != "launches" && !row.stop.empty() &&
           row.stop != name(StopReason::converged);
}

std::string note(const CaseSummary& row)
{
    if (row.header.reported) {
        return "as reported";
    }
    if (!row.unstable.empty()) {
        return "unstable: " + printable(row.unstable);
    }
    return is_unconverged(row) ? printable(row.stop) : "";
}

std::vector<std::string> case_cells(const CaseSummary& row, const std::vector<Property>& properties)
{
    const CaseIdentity& what = row.header.what;
    const auto collective = parse_collective(what.pattern);
    const bool sized = !collective || info(*collective).size_rule != SizeRule::none;
    std::vector<std::string> cells{printable(what.pattern), sized ? format_bytes(what.bytes) : std::string(nothing)};
    for (const Property& property : properties) {
        cells.push_back(property.of(what));
    }
    cells.push_back(fmt::format("{}", what.ranks));
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
    auto properties = varying_properties(cases);
    if (parameters_vary(cases)) {
        properties.push_back({"parameters", [](const CaseIdentity& what) {
                                  // In full in the other formats.
                                  constexpr std::size_t widest = 44;
                                  std::string joined = parameters_text(what);
                                  return joined.size() > widest ? joined.substr(0, widest - 3) + "..." : joined;
                              }});
    }
    std::vector<text::Table::Column> columns{{"pattern", Align::left}, {"size", Align::right}};
    for (const Property& property : properties) {
        columns.push_back({std::string(property.title), Align::left});
    }
    const std::string time = fmt::format("time [{:g} %]", 100 * confidence);
    columns.insert(columns.end(), {{"ranks", Align::right},
                                   {time, Align::left},
                                   {"algbw", Align::right},
                                   {"busbw", Align::right},
                                   {"samples", Align::right},
                                   {"note", Align::left}});
    text::Table table(std::move(columns));
    for (const CaseSummary& row : cases) {
        table.add(case_cells(with_point_value(row), properties));
    }
    out << table.str();
}

/// What the intervals know of how launches differ.
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
                           fewest < 6 ? ": 95 % needs 6 (run --append adds one)" : "");
    }
}

/// What the table leaves out or only hints at.
void show_footnotes(std::ostream& out, std::span<const CaseSummary> cases, bool simulated)
{
    std::size_t measured = 0;
    std::size_t verified = 0;
    bool no_busbw = false;
    bool unconverged = false;
    bool unstable = false;
    bool no_interval = false;
    std::set<std::string> estimators;
    for (const CaseSummary& row : cases) {
        if (row.header.status == CaseStatus::measured) {
            ++measured;
            verified += row.header.coverage == Coverage::verified ? 1U : 0U;
            no_busbw = no_busbw || (row.header.total_bytes > 0 && row.header.what.ranks == 1);
            unconverged = unconverged || is_unconverged(row);
            unstable = unstable || !row.unstable.empty();
            no_interval = no_interval || (row.median_s && !row.ci_low_s && !row.header.reported);
            if (row.header.reported) {
                estimators.insert(row.header.reported->estimator);
            }
        }
    }
    out << (estimators.empty() ? "time: median of the slowest rank's; algbw, busbw in GB/s (1e9 bytes/s)\n"
                               : "algbw, busbw in GB/s (1e9 bytes/s)\n");
    for (const std::string& estimator : estimators) {
        out << "as reported: no samples were taken; time is the " << printable(estimator) << '\n';
    }
    if (unconverged) {
        out << "note: interval still wider than asked when it stopped (budget: seconds, cap:\n      samples)\n";
    }
    if (unstable) {
        out << "unstable: the samples are not of one kind (drift: the second half differs; bimodal:\n"
               "          two groups; bursts: slow ones come together); the interval can't show that\n";
    }
    if (no_interval) {
        out << "[none]: too few samples for an interval\n";
    }
    if (!simulated) {
        show_launches(out, cases);
    }
    if (no_busbw) {
        out << "algbw, busbw -: one rank alone communicates nothing\n";
    }
    if (measured > 0) {
        out << fmt::format("data verified in {} of {}\n", verified, counted(measured, "measured case"));
    }
}

void show_workloads(std::ostream& out, std::span<const CaseSummary> cases)
{
    text::Table table(
        {{"idle", Align::right}, {"ideal", Align::right}, {"exposed", Align::right}, {"step", Align::left}});
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
                   printable(describe(row.header.what))});
    }
    if (any) {
        out << "\nworkloads: time without compute, the schedule's bubble, exposed communication\n" << table.str();
    }
}

/// Overlap, shares of the step, and what follows from the model; only the columns that some case has.
void show_training(std::ostream& out, std::span<const CaseSummary> cases)
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
        titles.push_back({std::string(column.title), Align::right});
    }
    titles.push_back({"step", Align::left});
    text::Table table(std::move(titles));
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
        cells.push_back(printable(describe(row.header.what)));
        table.add(std::move(cells));
    }
    if (any) {
        out << "\nworkloads: overlap = 1 - blocked / communication alone; compute, comm: beside the other / alone; "
               "then\n           shares of the step in which a rank is blocked\n"
            << table.str();
    }
}

std::string impact_text(const std::optional<double>& impact, const std::optional<double>& low,
                        const std::optional<double>& high)
{
    if (!impact) {
        return std::string(nothing);
    }
    return low && high ? fmt::format("{:.2f}x [{:.2f}, {:.2f}]", *impact, *low, *high)
                       : fmt::format("{:.2f}x [none]", *impact);
}

void show_congestion(std::ostream& out, std::span<const CaseSummary> cases)
{
    text::Table table({{"alone", Align::right},
                       {"beside", Align::right},
                       {"impact on mean", Align::left},
                       {"on P99", Align::left},
                       {"case", Align::left}});
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
             printable(describe(row.header.what))});
    }
    if (any) {
        out << "\ncongestion: victims' time alone and beside aggressors (medians); impact = beside / alone, median "
               "over the\n"
               "            splits; P99 needs 299 samples of both in a split\n"
            << table.str();
    }
}

std::string base_text(const ScalingRow& row)
{
    return fmt::format("{}: {}", on_ranks(row.base_ranks), text::quantity(row.base_value, row.base_unit));
}

std::string percent_interval(const std::optional<Interval>& interval)
{
    return interval ? fmt::format("[{:.1f}, {:.1f}]", 100 * interval->low, 100 * interval->high) : "[none]";
}

bool is_base(const ScalingRow& row)
{
    return row.case_id == row.base_case_id;
}

void show_scaling(std::ostream& out, std::span<const ScalingRow> scaling)
{
    std::set<Metric> metrics;
    for (const ScalingRow& row : scaling) {
        metrics.insert(row.metric);
    }
    for (const Metric metric : metrics) {
        text::Table table({{"pattern", Align::left},
                           {"size", Align::right},
                           {"base", Align::left},
                           {"ranks", Align::right},
                           {"efficiency", Align::left},
                           {metric == Metric::weak_efficiency ? "speedup" : "", Align::right},
                           {"", Align::left}});
        for (const ScalingRow& row : scaling) {
            if (row.metric != metric || is_base(row)) {
                continue;
            }
            table.add({printable(row.pattern), format_bytes(row.bytes), base_text(row), fmt::format("{}", row.ranks),
                       fmt::format("{:.1f} % {}", 100 * row.efficiency, percent_interval(row.interval)),
                       row.speedup ? fmt::format("{:.2f}x", *row.speedup) : "",
                       row.across_fabrics ? "across nodes" : ""});
        }
        out << fmt::format("\nscaling: {} = {}, {} fixed\n{}", info(metric).name, info(metric).formula,
                           info(metric).held_fixed, table.str());
    }
}

Json optional_number(const std::optional<double>& value)
{
    return value && std::isfinite(*value) ? Json(*value) : Json(nullptr);
}

std::optional<double> scaled(const std::optional<double>& value, double by)
{
    return value ? std::optional(*value / by) : std::nullopt;
}

Json pairs_json(const std::vector<std::pair<std::string, std::string>>& pairs)
{
    Json object = Json::object();
    for (const auto& [key, value] : pairs) {
        object[key] = value;
    }
    return object;
}

Json run_json(const RunInfo& info, bool complete)
{
    return {{"name", info.name},
            {"complete", complete},
            {"simulated", info.simulated},
            {"stand_in", info.stand_in},
            {"backend", info.backend},
            {"ranks", info.ranks},
            {"hosts", info.hosts},
            {"confidence", info.confidence},
            {"started_unix_s", info.started_unix_s},
            {"planned_cases", info.planned_cases},
            {"seed", info.seed},
            {"scenario_path", info.scenario_path},
            {"clock", info.clock},
            {"synchronisation", info.synchronisation},
            {"clock_cost_s", info.clock_cost_s},
            {"empty_operation_s", info.empty_operation_s},
            {"facts", pairs_json(info.facts)},
            {"library_log", pairs_json(info.library_log)},
            {"warnings", info.warnings},
            {"plumbline_version", info.plumbline_version},
            {"schema", info.schema}};
}

/// One field of a case, for JSON and CSV alike.
struct Field {
    const char* name;
    Json value;
};

std::vector<Field> case_fields(const CaseSummary& row)
{
    const CaseHeader& header = row.header;
    const CaseIdentity& what = header.what;
    return {{"id", header.id},
            {"pattern", what.pattern},
            {"bytes", what.bytes},
            {"ranks", what.ranks},
            {"nodes", what.nodes},
            {"dtype", name(what.dtype)},
            {"status", name(header.status)},
            {"why", header.why},
            {"samples", row.samples},
            {"median_s", optional_number(row.median_s)},
            {"ci_low_s", optional_number(row.ci_low_s)},
            {"ci_high_s", optional_number(row.ci_high_s)},
            {"algbw_GBps", optional_number(scaled(row.algbw_bytes_per_s, giga))},
            {"busbw_GBps", optional_number(scaled(row.busbw_bytes_per_s, giga))},
            {"confidence", row.confidence},
            {"min_s", optional_number(row.min_s)},
            {"max_s", optional_number(row.max_s)},
            {"p95_s", optional_number(row.p95_s)},
            {"p99_s", optional_number(row.p99_s)},
            {"bubble_fraction", optional_number(row.bubble_fraction)},
            {"bubble_ideal", optional_number(row.bubble_ideal)},
            {"exposed_s", optional_number(row.exposed_s)},
            {"overlap_fraction", optional_number(row.overlap_fraction)},
            {"compute_slowdown", optional_number(row.compute_slowdown)},
            {"communication_slowdown", optional_number(row.communication_slowdown)},
            {"tensor_share", optional_number(row.tensor_share)},
            {"pipeline_share", optional_number(row.pipeline_share)},
            {"data_share", optional_number(row.data_share)},
            {"expert_share", optional_number(row.expert_share)},
            {"mfu", optional_number(row.mfu)},
            {"hfu", optional_number(row.hfu)},
            {"tokens_per_s", optional_number(row.tokens_per_s)},
            {"skew_factor", optional_number(row.skew_factor)},
            {"critical_rank", optional_number(row.critical_rank)},
            {"isolated_s", optional_number(row.isolated_s)},
            {"congestion_impact", optional_number(row.congestion_impact)},
            {"congestion_impact_low", optional_number(row.congestion_impact_low)},
            {"congestion_impact_high", optional_number(row.congestion_impact_high)},
            {"congestion_impact_p99", optional_number(row.congestion_impact_p99)},
            {"congestion_impact_p99_low", optional_number(row.congestion_impact_p99_low)},
            {"congestion_impact_p99_high", optional_number(row.congestion_impact_p99_high)},
            {"interval_over", row.interval_over},
            {"unstable", row.unstable},
            {"autocorrelation", optional_number(row.autocorrelation)},
            {"half_ratio", optional_number(row.half_ratio)},
            {"median_start_skew_s", optional_number(row.median_start_skew_s)},
            {"late", row.late},
            {"op", name(what.op)},
            {"in_place", what.in_place},
            {"root", what.root},
            {"placement", name(what.placement)},
            {"subset", what.subset},
            {"parameters", what.parameters},
            {"total_bytes", header.total_bytes},
            {"bus_factor", optional_number(header.bus_factor)},
            {"coverage", name(header.coverage)},
            {"coverage_note", header.coverage_note},
            {"launches", row.launches},
            {"rounds", row.rounds},
            {"warmups", row.warmups},
            {"machine_state", row.machine_state},
            {"rounds_left_out", row.rounds_left_out},
            {"neighbour_s", optional_number(row.neighbour_s)},
            {"copy_s", optional_number(row.copy_s)},
            {"stop", row.stop},
            {"reported_s", optional_number(header.reported ? std::optional(header.reported->time_s) : std::nullopt)},
            {"reported_estimator", header.reported ? header.reported->estimator : ""}};
}

Json case_json(const CaseSummary& row)
{
    Json object;
    for (const Field& field : case_fields(row)) {
        object[field.name] = field.value;
    }
    return object;
}

Json scaling_json(const ScalingRow& row)
{
    return {{"metric", info(row.metric).name},
            {"case_id", row.case_id},
            {"base_case_id", row.base_case_id},
            {"pattern", row.pattern},
            {"bytes", row.bytes},
            {"ranks", row.ranks},
            {"base_ranks", row.base_ranks},
            {"base_value", row.base_value},
            {"base_unit", row.base_unit},
            {"held_fixed", row.held_fixed},
            {"efficiency", row.efficiency},
            {"ci_low", optional_number(row.interval ? std::optional(row.interval->low) : std::nullopt)},
            {"ci_high", optional_number(row.interval ? std::optional(row.interval->high) : std::nullopt)},
            {"speedup", optional_number(row.speedup)},
            {"across_fabrics", row.across_fabrics}};
}

/// RFC 4180: quoted where it holds a comma, a quote or a line break.
std::string csv_cell(const Json& value)
{
    if (value.is_null()) {
        return "";
    }
    std::string cell =
        value.is_string() ? value.get<std::string>() : value.dump(-1, ' ', false, Json::error_handler_t::replace);
    if (cell.find_first_of(",\"\r\n") == std::string::npos) {
        return cell;
    }
    std::string quoted = "\"";
    for (const char c : cell) {
        quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    }
    return quoted + "\"";
}

void csv_line(std::ostream& out, const std::vector<Field>& fields, const std::function<std::string(const Field&)>& cell)
{
    std::string line;
    for (const Field& field : fields) {
        line += (line.empty() ? "" : ",") + cell(field);
    }
    out << line << '\n';
}

}  // namespace

void show_text(std::ostream& out, const RunInfo& info, std::span<const CaseSummary> cases,
               std::span<const ScalingRow> scaling, bool complete)
{
    out << fmt::format("{}: {} on {}, backend {}\n", printable(info.name), on_ranks(info.ranks),
                       counted(info.hosts.size(), "host"), printable(info.backend));
    if (info.simulated) {
        out << "simulated: not a measurement of this machine\n";
    }
    if (info.stand_in) {
        out << "stand-in: true (a library for tests in place of the real one; nothing here is a measurement of it)\n";
    }
    if (!complete) {
        out << fmt::format("incomplete: {} of {} stored; 'plumbline run --resume' goes on\n", cases.size(),
                           counted(static_cast<std::size_t>(std::max(0, info.planned_cases)), "planned case"));
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
    show_footnotes(out, cases, info.simulated);
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

void show_json(std::ostream& out, const RunInfo& info, std::span<const CaseSummary> cases,
               std::span<const ScalingRow> scaling, std::span<const BestAlgorithm> algorithms, bool complete)
{
    Json all;
    all["run"] = run_json(info, complete);
    all["cases"] = Json::array();
    for (const CaseSummary& row : cases) {
        all["cases"].push_back(case_json(row));
    }
    all["scaling"] = Json::array();
    for (const ScalingRow& row : scaling) {
        all["scaling"].push_back(scaling_json(row));
    }
    all["algorithms"] = algorithms_json(algorithms);
    out << all.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

void show_csv(std::ostream& out, std::span<const CaseSummary> cases, const RunInfo& info)
{
    const auto fields_of = [&](const CaseSummary& row) {
        auto fields = case_fields(row);
        fields.push_back({"simulated", info.simulated});
        fields.push_back({"stand_in", info.stand_in});
        return fields;
    };
    csv_line(out, fields_of(CaseSummary{}), [](const Field& field) { return std::string(field.name); });
    for (const CaseSummary& row : cases) {
        csv_line(out, fields_of(row), [](const Field& field) { return csv_cell(field.value); });
    }
}

void show_speedup(std::ostream& out, std::span<const ScalingRow> scaling)
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
        const std::string which = rows.size() > 1 ? fmt::format(", {}", format_bytes(row->bytes)) : "";
        out << fmt::format("linear speedup: {:.2f}x on {} (base {}; {} fixed{}), weak efficiency {:.1f} % {}\n",
                           row->speedup.value_or(0), on_ranks(row->ranks), base_text(*row), row->held_fixed, which,
                           100 * row->efficiency, percent_interval(row->interval));
    }
}

}  // namespace plumbline
