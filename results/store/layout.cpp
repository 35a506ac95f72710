#include "results/store/layout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <limits>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

namespace plumbline::layout {
namespace {

using hdf5::Column;
using hdf5::Error;

/// Collects the columns of a table from rows of any kind.
template <class Row>
class Columns {
public:
    explicit Columns(std::span<const Row> rows) : rows_(rows) {}

    template <class Value>
    void add(const char* column, std::string_view units, Value value)
    {
        using Result = std::decay_t<decltype(value(rows_.front()))>;
        if constexpr (std::is_same_v<Result, std::optional<double>>) {
            add(column, units, [&](const Row& row) { return value(row).value_or(absent); });
        } else {
            using Stored = std::conditional_t<
                std::is_floating_point_v<Result>, double,
                std::conditional_t<std::is_integral_v<Result>,
                                   std::conditional_t<std::is_signed_v<Result>, std::int64_t, std::uint64_t>,
                                   std::string>>;
            std::vector<Stored> values;
            for (const Row& row : rows_) {
                values.emplace_back(value(row));
            }
            columns_.push_back({column, std::string(units), std::move(values)});
        }
    }
    void write(hid_t file, const std::string& path, std::string_view description) const
    {
        hdf5::write_table(file, path, columns_, description);
    }

private:
    std::span<const Row> rows_;
    std::vector<Column> columns_;
};

/// The numbers of a summary row that may be absent: the one list for writing and reading.
struct Number {
    const char* column;
    const char* units;
    std::optional<double> CaseSummary::* member;
};
constexpr const char* late_column = "late";
constexpr const char* state_column = "machine_state";
constexpr const char* left_out_column = "rounds_left_out";
constexpr const char* launches_column = "launches";
constexpr const char* interval_over_column = "interval_over";
constexpr const char* unstable_column = "unstable";
constexpr std::array numbers{Number{"median_s", "s", &CaseSummary::median_s},
                             Number{"ci_low_s", "s", &CaseSummary::ci_low_s},
                             Number{"ci_high_s", "s", &CaseSummary::ci_high_s},
                             Number{"min_s", "s", &CaseSummary::min_s},
                             Number{"max_s", "s", &CaseSummary::max_s},
                             Number{"p95_s", "s", &CaseSummary::p95_s},
                             Number{"p99_s", "s", &CaseSummary::p99_s},
                             Number{"algbw_bytes_per_s", "B/s", &CaseSummary::algbw_bytes_per_s},
                             Number{"busbw_bytes_per_s", "B/s", &CaseSummary::busbw_bytes_per_s},
                             Number{"bubble_fraction", "1", &CaseSummary::bubble_fraction},
                             Number{"bubble_ideal", "1", &CaseSummary::bubble_ideal},
                             Number{"exposed_s", "s", &CaseSummary::exposed_s},
                             Number{"overlap_fraction", "1", &CaseSummary::overlap_fraction},
                             Number{"compute_slowdown", "1", &CaseSummary::compute_slowdown},
                             Number{"communication_slowdown", "1", &CaseSummary::communication_slowdown},
                             Number{"tensor_share", "1", &CaseSummary::tensor_share},
                             Number{"pipeline_share", "1", &CaseSummary::pipeline_share},
                             Number{"data_share", "1", &CaseSummary::data_share},
                             Number{"expert_share", "1", &CaseSummary::expert_share},
                             Number{"mfu", "1", &CaseSummary::mfu},
                             Number{"hfu", "1", &CaseSummary::hfu},
                             Number{"tokens_per_s", "1/s", &CaseSummary::tokens_per_s},
                             Number{"skew_factor", "1", &CaseSummary::skew_factor},
                             Number{"critical_rank", "1", &CaseSummary::critical_rank},
                             Number{"median_start_skew_s", "s", &CaseSummary::median_start_skew_s},
                             Number{"neighbour_s", "s", &CaseSummary::cache_line_latency_s},
                             Number{"copy_s", "s", &CaseSummary::l1_copy_s},
                             Number{"autocorrelation", "1", &CaseSummary::autocorrelation},
                             Number{"half_ratio", "1", &CaseSummary::half_ratio},
                             Number{"isolated_s", "s", &CaseSummary::isolated_s},
                             Number{"congestion_impact", "1", &CaseSummary::congestion_impact},
                             Number{"congestion_impact_low", "1", &CaseSummary::congestion_impact_low},
                             Number{"congestion_impact_high", "1", &CaseSummary::congestion_impact_high},
                             Number{"congestion_impact_p99", "1", &CaseSummary::congestion_impact_p99},
                             Number{"congestion_impact_p99_low", "1", &CaseSummary::congestion_impact_p99_low},
                             Number{"congestion_impact_p99_high", "1", &CaseSummary::congestion_impact_p99_high}};

void write_pairs(hid_t file, const std::string& path, const std::vector<std::pair<std::string, std::string>>& pairs,
                 std::string_view description)
{
    using Pair = std::pair<std::string, std::string>;
    Columns<Pair> columns(pairs);
    columns.add("name", no_unit, [](const Pair& pair) { return pair.first; });
    columns.add("value", no_unit, [](const Pair& pair) { return pair.second; });
    columns.write(file, path, description);
}

std::vector<std::pair<std::string, std::string>> read_pairs(hid_t file, const std::string& path)
{
    const hdf5::Table table(file, path);
    const auto names = table.column<std::string>("name");
    const auto values = table.column<std::string>("value");
    std::vector<std::pair<std::string, std::string>> pairs;
    pairs.reserve(table.rows());
    for (std::size_t i = 0; i < table.rows(); ++i) {
        pairs.emplace_back(names[i], values[i]);
    }
    return pairs;
}

int narrow(std::int64_t value)
{
    if (value < 0 || value > std::numeric_limits<int>::max()) {
        throw Error(fmt::format("impossible count {}", value));
    }
    return static_cast<int>(value);
}

int narrow_state(std::int64_t value)
{
    return value == between_states ? between_states : narrow(value);
}

/// The numbers of a rank's probe that may be absent.
struct ProbeNumber {
    const char* column;
    std::optional<double> RankProbe::* member;
};
constexpr std::array probe_numbers{ProbeNumber{"alone_best_s", &RankProbe::alone_best_s},
                                   ProbeNumber{"alone_median_s", &RankProbe::alone_median_s},
                                   ProbeNumber{"together_best_s", &RankProbe::together_best_s},
                                   ProbeNumber{"together_median_s", &RankProbe::together_median_s},
                                   ProbeNumber{"neighbour_s", &RankProbe::cache_line_latency_s},
                                   ProbeNumber{"copy_s", &RankProbe::l1_copy_s}};

/// What is known of a machine state.
struct TypicalNumber {
    const char* column;
    std::optional<double> TypicalSnapshot::* member;
};
constexpr std::array typical_numbers{TypicalNumber{"neighbour_s", &TypicalSnapshot::cache_line_latency_s},
                                     TypicalNumber{"copy_s", &TypicalSnapshot::l1_copy_s}};
constexpr const char* probes_path = "/probes";
constexpr const char* states_path = "/machine_states";
constexpr const char* round_states_path = "/round_states";

/// One rank at one moment.
struct ProbeRow {
    const HostProbe* probe = nullptr;
    const RankProbe* rank = nullptr;
};

void write_places(hid_t file, const std::vector<RankLocation>& places)
{
    Columns<RankLocation> columns(places);
    columns.add("rank", "1", [](const RankLocation& place) { return place.rank; });
    columns.add("node", "1", [](const RankLocation& place) { return place.node; });
    columns.add("pid", "1", [](const RankLocation& place) { return place.pid; });
    columns.add("cores", no_unit, [](const RankLocation& place) { return place.cores; });
    columns.add("device", no_unit, [](const RankLocation& place) { return place.device; });
    columns.add("nic", no_unit, [](const RankLocation& place) { return place.nic; });
    columns.write(file, "/environment/ranks", "where each process of the launch ran; node is an index into hosts");
}

std::vector<RankLocation> read_places(hid_t file)
{
    const hdf5::Table table(file, "/environment/ranks");
    const auto rank = table.column<std::int64_t>("rank");
    const auto node = table.column<std::int64_t>("node");
    const auto pid = table.column<std::int64_t>("pid");
    const auto cores = table.column<std::string>("cores");
    const auto device = table.column<std::string>("device");
    const auto nic = table.column<std::string>("nic");
    std::vector<RankLocation> places;
    places.reserve(table.rows());
    for (std::size_t i = 0; i < table.rows(); ++i) {
        places.push_back({.rank = narrow(rank[i]),
                          .node = narrow(node[i]),
                          .pid = narrow(pid[i]),
                          .cores = cores[i],
                          .device = device[i],
                          .nic = nic[i]});
    }
    return places;
}

}  // namespace

void write_launches(hid_t file, std::span<const Launch> launches)
{
    Columns<Launch> columns(launches);
    columns.add("started_unix_s", "s", [](const Launch& launch) { return launch.started_unix_s; });
    columns.add("clock_cost_s", "s", [](const Launch& launch) { return launch.clock_cost_s; });
    columns.add("empty_operation_s", "s", [](const Launch& launch) { return launch.empty_operation_s; });
    columns.write(file, "/launches", "one row a start of the program that measured into this file [launch]");
}

std::vector<Launch> read_launches(hid_t file)
{
    if (!hdf5::exists(file, "/launches")) {
        return {};
    }
    const hdf5::Table table(file, "/launches");
    const auto started = table.column<double>("started_unix_s");
    const auto clock = table.column<double>("clock_cost_s");
    const auto empty = table.column<double>("empty_operation_s");
    std::vector<Launch> launches(table.rows());
    for (std::size_t i = 0; i < launches.size(); ++i) {
        launches[i] = {.started_unix_s = started[i], .clock_cost_s = clock[i], .empty_operation_s = empty[i]};
    }
    return launches;
}

void write_run(hid_t file, const RunMetadata& info, bool complete)
{
    hdf5::write_attribute(file, "plumbline_schema", std::int64_t{info.schema});
    hdf5::write_attribute(file, "complete", std::int64_t{complete ? 1 : 0});
    hdf5::write_attribute(file, "plumbline_version", info.plumbline_version);
    hdf5::write_attribute(file, "name", info.name);
    hdf5::write_attribute(file, "scenario_path", info.scenario_path);
    hdf5::write_attribute(file, "started_unix_s", info.started_unix_s);
    hdf5::write_attribute(file, "ranks", std::int64_t{info.ranks});
    hdf5::write_attribute(file, "confidence", info.confidence);
    hdf5::write_attribute(file, "backend", info.backend);
    hdf5::write_attribute(file, "simulated", std::int64_t{info.simulated ? 1 : 0});
    hdf5::write_attribute(file, "stand_in", std::int64_t{info.stand_in ? 1 : 0});
    hdf5::write_attribute(file, "clock", info.clock);
    hdf5::write_attribute(file, "synchronisation", info.synchronisation);
    hdf5::write_attribute(file, "clock_cost_s", info.clock_cost_s);
    hdf5::write_attribute(file, "empty_operation_s", info.empty_operation_s);
    hdf5::write_attribute(file, "planned_cases", std::int64_t{info.planned_cases});
    hdf5::write_attribute(file, "seed", info.seed);
    hdf5::write_text(file, "/scenario", info.scenario_text, {no_unit, "scenario as executed, YAML"});
    hdf5::write_text(file, "/targets", info.targets_text, {no_unit, "its targets, YAML; empty if there are none"});
    if (!info.inputs.empty()) {
        write_pairs(file, "/inputs", info.inputs, "files that the scenario refers to, as they were read");
    }
    hdf5::write_texts(file, "/warnings", info.warnings, {no_unit, "what the run warned of"});
    hdf5::write_texts(file, "/environment/hosts", info.hosts, {no_unit, "host names [node]"});
    write_places(file, info.places);
    write_pairs(file, "/environment/facts", info.facts, "library, versions, build");
    if (!info.library_log.empty()) {
        write_pairs(file, "/environment/library_log", info.library_log, "what the library said of itself");
    }
    write_pairs(file, "/environment/variables", info.environment, "chosen environment variables");
    write_launches(file, info.launches);
    hdf5::create_group(file, "/cases");
}

RunMetadata read_run(hid_t file)
{
    RunMetadata info;
    info.schema = hdf5::read_count_attribute(file, "plumbline_schema");
    info.plumbline_version = hdf5::read_text_attribute(file, "plumbline_version");
    info.name = hdf5::read_text_attribute(file, "name");
    info.scenario_path = hdf5::read_text_attribute(file, "scenario_path");
    info.started_unix_s = hdf5::read_real_attribute(file, "started_unix_s");
    info.ranks = hdf5::read_count_attribute(file, "ranks");
    info.confidence = hdf5::read_real_attribute(file, "confidence");
    if (!(info.confidence > 0 && info.confidence < 1)) {
        throw Error("attribute confidence is not between 0 and 1");
    }
    info.backend = hdf5::read_text_attribute(file, "backend");
    info.simulated = hdf5::read_count_attribute(file, "simulated") != 0;
    info.stand_in = hdf5::has_attribute(file, "stand_in") && hdf5::read_count_attribute(file, "stand_in") != 0;
    info.clock = hdf5::read_text_attribute(file, "clock");
    info.synchronisation = hdf5::read_text_attribute(file, "synchronisation");
    info.clock_cost_s = hdf5::read_real_attribute(file, "clock_cost_s");
    info.empty_operation_s = hdf5::read_real_attribute(file, "empty_operation_s");
    info.planned_cases = hdf5::read_count_attribute(file, "planned_cases");
    info.seed = hdf5::read_unsigned_attribute(file, "seed");
    info.scenario_text = hdf5::read_text(file, "/scenario");
    info.targets_text = hdf5::read_text(file, "/targets");
    if (hdf5::exists(file, "/inputs")) {
        info.inputs = read_pairs(file, "/inputs");
    }
    info.warnings = hdf5::read_texts(file, "/warnings");
    info.hosts = hdf5::read_texts(file, "/environment/hosts");
    info.places = read_places(file);
    info.facts = read_pairs(file, "/environment/facts");
    if (hdf5::exists(file, "/environment/library_log")) {
        info.library_log = read_pairs(file, "/environment/library_log");
    }
    info.environment = read_pairs(file, "/environment/variables");
    info.launches = read_launches(file);
    if (info.launches.empty()) {  // a file from before there could be several
        info.launches.push_back({.started_unix_s = info.started_unix_s,
                                 .clock_cost_s = info.clock_cost_s,
                                 .empty_operation_s = info.empty_operation_s});
    }
    return info;
}

bool read_complete(hid_t file)
{
    return hdf5::read_count_attribute(file, "complete") != 0;
}

void write_summary(hid_t file, std::span<const CaseSummary> cases)
{
    using Row = CaseSummary;
    Columns<Row> columns(cases);
    columns.add("id", "1", [](const Row& row) { return row.header.id; });
    columns.add("pattern", no_unit, [](const Row& row) { return row.header.what.pattern; });
    columns.add("bytes", "B", [](const Row& row) { return row.header.what.bytes; });
    columns.add("dtype", no_unit, [](const Row& row) { return name(row.header.what.dtype); });
    columns.add("op", no_unit, [](const Row& row) { return name(row.header.what.op); });
    columns.add("ranks", "1", [](const Row& row) { return row.header.what.ranks; });
    columns.add("nodes", "1", [](const Row& row) { return row.header.what.nodes; });
    columns.add("placement", no_unit, [](const Row& row) { return name(row.header.what.placement); });
    columns.add("subset", "1", [](const Row& row) { return row.header.what.subset; });
    columns.add("status", no_unit, [](const Row& row) { return name(row.header.status); });
    columns.add("why", no_unit, [](const Row& row) { return row.header.why; });
    columns.add("total_bytes", "B", [](const Row& row) { return row.header.total_bytes; });
    columns.add("bus_factor", "1", [](const Row& row) { return row.header.bus_factor; });
    columns.add("rounds", "1", [](const Row& row) { return row.rounds; });
    columns.add(launches_column, "1", [](const Row& row) { return row.launches; });
    columns.add("samples", "1", [](const Row& row) { return std::uint64_t{row.samples}; });
    columns.add("warmups", "1", [](const Row& row) { return std::uint64_t{row.warmups}; });
    columns.add(late_column, "1", [](const Row& row) { return std::uint64_t{row.late}; });
    columns.add("stop", no_unit, [](const Row& row) { return row.stop; });
    columns.add(interval_over_column, no_unit, [](const Row& row) { return row.interval_over; });
    columns.add(unstable_column, no_unit, [](const Row& row) { return row.unstable; });
    columns.add("confidence", "1", [](const Row& row) { return row.confidence; });
    for (const Number& number : numbers) {
        columns.add(number.column, number.units, [&](const Row& row) { return row.*number.member; });
    }
    columns.add(state_column, "1", [](const Row& row) { return row.machine_state; });
    columns.add(left_out_column, "1", [](const Row& row) { return std::uint64_t{row.rounds_left_out}; });
    columns.write(file, "/summary", "one row a case; a number that is absent is NaN");
    write_headers(file, cases);
}

std::vector<CaseSummary> read_summary(hid_t file)
{
    const hdf5::Table table(file, "/summary");
    const auto id = table.column<std::int64_t>("id");
    const auto rounds = table.column<std::int64_t>("rounds");
    const auto samples = table.column<std::uint64_t>("samples");
    const auto warmups = table.column<std::uint64_t>("warmups");
    const auto stop = table.column<std::string>("stop");
    const auto confidence = table.column<double>("confidence");
    std::vector<CaseSummary> cases(table.rows());
    std::vector<int> ids;
    std::transform(id.begin(), id.end(), std::back_inserter(ids), narrow);
    auto headers = read_headers(file, ids);
    for (std::size_t i = 0; i < cases.size(); ++i) {
        cases[i].header = std::move(headers[i]);
        cases[i].rounds = narrow(rounds[i]);
        cases[i].samples = samples[i];
        cases[i].warmups = warmups[i];
        cases[i].stop = stop[i];
        cases[i].confidence = confidence[i];
    }
    if (table.has(unstable_column)) {
        const auto over = table.column<std::string>(interval_over_column);
        const auto unstable = table.column<std::string>(unstable_column);
        for (std::size_t i = 0; i < cases.size(); ++i) {
            cases[i].interval_over = over[i];
            cases[i].unstable = unstable[i];
        }
    }
    if (table.has(launches_column)) {
        const auto launches = table.column<std::int64_t>(launches_column);
        for (std::size_t i = 0; i < cases.size(); ++i) {
            cases[i].launches = narrow(launches[i]);
        }
    } else {
        for (CaseSummary& row : cases) {
            row.launches = row.rounds > 0 ? 1 : 0;
        }
    }
    if (table.has(late_column)) {
        const auto late = table.column<std::uint64_t>(late_column);
        for (std::size_t i = 0; i < cases.size(); ++i) {
            cases[i].late = late[i];
        }
    }
    if (table.has(state_column)) {
        const auto states = table.column<std::int64_t>(state_column);
        const auto left_out = table.column<std::uint64_t>(left_out_column);
        for (std::size_t i = 0; i < cases.size(); ++i) {
            cases[i].machine_state = narrow_state(states[i]);
            cases[i].rounds_left_out = left_out[i];
        }
    }
    for (const Number& number : numbers) {
        if (!table.has(number.column)) {
            continue;  // a file from before this column
        }
        const auto values = table.column<double>(number.column);
        for (std::size_t i = 0; i < cases.size(); ++i) {
            cases[i].*number.member = std::isfinite(values[i]) ? std::optional(values[i]) : std::nullopt;
        }
    }
    return cases;
}

void write_scaling(hid_t file, std::span<const ScalingRow> rows)
{
    using Row = ScalingRow;
    using Number = std::optional<double>;
    Columns<Row> columns(rows);
    columns.add("metric", no_unit, [](const Row& row) { return info(row.metric).name; });
    columns.add("case_id", "1", [](const Row& row) { return row.case_id; });
    columns.add("base_case_id", "1", [](const Row& row) { return row.base_case_id; });
    columns.add("pattern", no_unit, [](const Row& row) { return row.pattern; });
    columns.add("bytes", "B", [](const Row& row) { return row.bytes; });
    columns.add("ranks", "1", [](const Row& row) { return row.ranks; });
    columns.add("base_ranks", "1", [](const Row& row) { return row.base_ranks; });
    columns.add("base_value", "see base_unit", [](const Row& row) { return row.base_value; });
    columns.add("base_unit", no_unit, [](const Row& row) { return row.base_unit; });
    columns.add("held_fixed", no_unit, [](const Row& row) { return row.held_fixed; });
    columns.add("efficiency", "1", [](const Row& row) { return row.efficiency; });
    columns.add("ci_low", "1", [](const Row& row) { return row.interval ? Number(row.interval->low) : Number(); });
    columns.add("ci_high", "1", [](const Row& row) { return row.interval ? Number(row.interval->high) : Number(); });
    columns.add("speedup", "1", [](const Row& row) { return row.speedup; });
    columns.add("across_fabrics", "1", [](const Row& row) { return row.across_fabrics ? 1U : 0U; });
    columns.write(file, "/scaling", "scaling efficiencies against their base; a number that is absent is NaN");
}

void write_probes(hid_t file, std::span<const HostProbe> probes)
{
    std::vector<ProbeRow> rows;
    for (const HostProbe& probe : probes) {
        for (const RankProbe& rank : probe.ranks) {
            rows.push_back({&probe, &rank});
        }
    }
    Columns<ProbeRow> columns(rows);
    columns.add("position", "1", [](const ProbeRow& row) { return row.probe->position; });
    columns.add("at_unix_s", "s", [](const ProbeRow& row) { return row.probe->at_unix_s; });
    columns.add("rank", "1", [](const ProbeRow& row) { return row.rank->rank; });
    for (const ProbeNumber& number : probe_numbers) {
        columns.add(number.column, "s", [&](const ProbeRow& row) { return row.rank->*number.member; });
    }
    columns.add("noise_share", "1", [](const ProbeRow& row) { return noise_share(*row.rank); });
    columns.write(file, probes_path, "host probes, a row a rank and probe; what was not taken is NaN");
}

std::vector<HostProbe> read_probes(hid_t file)
{
    std::vector<HostProbe> probes;
    if (!hdf5::exists(file, probes_path)) {
        return probes;
    }
    const hdf5::Table table(file, probes_path);
    const auto position = table.column<std::int64_t>("position");
    const auto at_unix_s = table.column<double>("at_unix_s");
    const auto rank = table.column<std::int64_t>("rank");
    for (std::size_t i = 0; i < table.rows(); ++i) {
        if (probes.empty() || probes.back().position != position[i] || probes.back().at_unix_s != at_unix_s[i]) {
            probes.push_back({.position = narrow(position[i]), .at_unix_s = at_unix_s[i], .ranks = {}});
        }
        probes.back().ranks.emplace_back().rank = narrow(rank[i]);
    }
    for (const ProbeNumber& number : probe_numbers) {
        if (!table.has(number.column)) {
            continue;  // a file from before this column
        }
        const auto values = table.column<double>(number.column);
        std::size_t row = 0;
        for (HostProbe& probe : probes) {
            for (RankProbe& of_rank : probe.ranks) {
                of_rank.*number.member = std::isfinite(values[row]) ? std::optional(values[row]) : std::nullopt;
                ++row;
            }
        }
    }
    return probes;
}

void write_states(hid_t file, std::span<const std::pair<int, int>> rounds, const MachineStates& states)
{
    const std::vector<TypicalSnapshot>& typical = states.typical;
    Columns<TypicalSnapshot> state_columns(typical);
    const auto state_of = [&](const TypicalSnapshot& look) { return static_cast<int>(&look - typical.data()); };
    state_columns.add("state", "1", state_of);
    state_columns.add("rounds", "1", [&](const TypicalSnapshot& look) { return states.rounds_in(state_of(look)); });
    for (const TypicalNumber& number : typical_numbers) {
        state_columns.add(number.column, "s", [&](const TypicalSnapshot& look) { return look.*number.member; });
    }
    state_columns.write(file, states_path, "machine states seen; medians of what was looked at, of the slowest host");

    const std::vector<int>& of_round = states.of_round;
    Columns<int> columns(of_round);
    const auto round_of = [&](const int& state) { return rounds[static_cast<std::size_t>(&state - of_round.data())]; };
    columns.add("case_id", "1", [&](const int& state) { return round_of(state).first; });
    columns.add("round", "1", [&](const int& state) { return round_of(state).second; });
    columns.add("state", "1", [](const int& state) { return state; });
    columns.write(file, round_states_path,
                  "machine state of each round in the order measured; -1: it changed meanwhile");
}

MachineStates read_states(hid_t file, std::vector<std::pair<int, int>>& rounds)
{
    MachineStates states;
    rounds.clear();
    if (!hdf5::exists(file, states_path) || !hdf5::exists(file, round_states_path)) {
        return states;
    }
    const hdf5::Table seen(file, states_path);
    states.typical.resize(seen.rows());
    for (const TypicalNumber& number : typical_numbers) {
        if (!seen.has(number.column)) {
            continue;  // a file from before this column
        }
        const auto values = seen.column<double>(number.column);
        for (std::size_t i = 0; i < values.size(); ++i) {
            states.typical[i].*number.member = std::isfinite(values[i]) ? std::optional(values[i]) : std::nullopt;
        }
    }
    const hdf5::Table table(file, round_states_path);
    const auto id = table.column<std::int64_t>("case_id");
    const auto round = table.column<std::int64_t>("round");
    const auto state = table.column<std::int64_t>("state");
    for (std::size_t i = 0; i < table.rows(); ++i) {
        rounds.emplace_back(narrow(id[i]), narrow(round[i]));
        states.of_round.push_back(narrow_state(state[i]));
    }
    states.common = most_common_state(states);
    return states;
}

}  // namespace plumbline::layout
