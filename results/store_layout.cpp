#include "results/store_layout.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <string_view>

namespace plumbline::layout {
namespace {

using hdf5::Column;
using hdf5::Description;
using hdf5::Error;
using nlohmann::json;

constexpr double absent = std::numeric_limits<double>::quiet_NaN();
constexpr std::string_view no_unit = "none";

template <class E>
E known(std::optional<E> value, std::string_view what, const std::string& text)
{
    if (!value) {
        throw Error(fmt::format("unknown {} '{}'", what, text));
    }
    return *value;
}

json optional_number(const std::optional<double>& value)
{
    return value ? json(*value) : json(nullptr);
}

json to_json(const CaseHeader& header)
{
    const CaseIdentity& what = header.what;
    return {{"id", header.id},
            {"pattern", what.pattern},
            {"bytes", what.bytes},
            {"dtype", name(what.dtype)},
            {"op", name(what.op)},
            {"in_place", what.in_place},
            {"root", what.root},
            {"ranks", what.ranks},
            {"nodes", what.nodes},
            {"placement", name(what.placement)},
            {"subset", what.subset},
            {"parameters", what.parameters},
            {"status", name(header.status)},
            {"why", header.why},
            {"total_bytes", header.total_bytes},
            {"bus_factor", optional_number(header.bus_factor)},
            {"coverage", name(header.coverage)},
            {"coverage_note", header.coverage_note}};
}

int count_in(const json& object, const char* key)
{
    const json& value = object.at(key);
    if (!value.is_number_integer() || value < 0 || value > std::numeric_limits<int>::max()) {
        throw Error(fmt::format("case header has an impossible '{}'", key));
    }
    return value.get<int>();
}

std::uint64_t bytes_in(const json& object, const char* key)
{
    const json& value = object.at(key);
    if (!value.is_number_unsigned()) {
        throw Error(fmt::format("case header has an impossible '{}'", key));
    }
    return value.get<std::uint64_t>();
}

CaseHeader header_from(const json& object)
{
    const auto text = [&](const char* key) { return object.at(key).get<std::string>(); };
    CaseHeader header;
    header.id = count_in(object, "id");
    header.what.pattern = text("pattern");
    header.what.bytes = bytes_in(object, "bytes");
    header.what.dtype = known(parse_data_type(text("dtype")), "data type", text("dtype"));
    header.what.op = known(parse_reduce_op(text("op")), "operation", text("op"));
    header.what.in_place = object.at("in_place").get<bool>();
    header.what.root = count_in(object, "root");
    header.what.ranks = count_in(object, "ranks");
    header.what.nodes = count_in(object, "nodes");
    header.what.placement = known(parse_placement(text("placement")), "placement", text("placement"));
    header.what.subset = count_in(object, "subset");
    header.what.parameters = object.at("parameters").get<std::map<std::string, std::string>>();
    header.status = known(parse_case_status(text("status")), "status", text("status"));
    header.why = text("why");
    header.total_bytes = bytes_in(object, "total_bytes");
    if (!object.at("bus_factor").is_null()) {
        header.bus_factor = object.at("bus_factor").get<double>();
    }
    header.coverage = known(parse_coverage(text("coverage")), "coverage", text("coverage"));
    header.coverage_note = text("coverage_note");
    return header;
}

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
                             Number{"exposed_s", "s", &CaseSummary::exposed_s}};

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

void write_places(hid_t file, const std::vector<RankPlace>& places)
{
    Columns<RankPlace> columns(places);
    columns.add("rank", "1", [](const RankPlace& place) { return place.rank; });
    columns.add("node", "1", [](const RankPlace& place) { return place.node; });
    columns.add("pid", "1", [](const RankPlace& place) { return place.pid; });
    columns.add("cores", no_unit, [](const RankPlace& place) { return place.cores; });
    columns.add("device", no_unit, [](const RankPlace& place) { return place.device; });
    columns.add("nic", no_unit, [](const RankPlace& place) { return place.nic; });
    columns.write(file, "/environment/ranks", "where each process of the launch ran; node is an index into hosts");
}

std::vector<RankPlace> read_places(hid_t file)
{
    const hdf5::Table table(file, "/environment/ranks");
    const auto rank = table.column<std::int64_t>("rank");
    const auto node = table.column<std::int64_t>("node");
    const auto pid = table.column<std::int64_t>("pid");
    const auto cores = table.column<std::string>("cores");
    const auto device = table.column<std::string>("device");
    const auto nic = table.column<std::string>("nic");
    std::vector<RankPlace> places;
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

std::vector<double> row_maxima(const SampleMatrix& matrix)
{
    std::vector<double> maxima;
    for (std::size_t i = 0; i < matrix.samples; ++i) {
        const auto row = matrix.row(i);
        maxima.push_back(row.empty() ? absent : *std::max_element(row.begin(), row.end()));
    }
    return maxima;
}

std::vector<double> row_means(const SampleMatrix& matrix)
{
    std::vector<double> means;
    for (std::size_t i = 0; i < matrix.samples; ++i) {
        double sum = 0;
        for (const double value : matrix.row(i)) {
            sum += value;
        }
        means.push_back(matrix.ranks == 0 ? absent : sum / static_cast<double>(matrix.ranks));
    }
    return means;
}

std::string_view share_units(std::string_view share)
{
    return share.ends_with("_s") ? "s" : "1";
}

template <class T>
void write_row(hid_t file, const std::string& path, std::span<const T> values, const Description& description)
{
    const std::size_t count = values.size();
    hdf5::write_array<T>(file, path, values, {&count, 1}, description);
}

void write_matrix(hid_t file, const std::string& path, const SampleMatrix& matrix, const Description& description)
{
    const std::array shape{matrix.samples, matrix.ranks};
    hdf5::write_array<double>(file, path, matrix.values, shape, description);
}

SampleMatrix read_matrix(hid_t file, const std::string& path)
{
    auto array = hdf5::read_array<double>(file, path, 2);
    return {.samples = array.shape[0], .ranks = array.shape[1], .values = std::move(array.values)};
}

/// [sample] of a round without ranks to tell them apart.
SampleMatrix read_one_column(hid_t file, const std::string& path)
{
    auto array = hdf5::read_array<double>(file, path, 1);
    return {.samples = array.shape[0], .ranks = 1, .values = std::move(array.values)};
}

/// Idle share of each sample, by the one definition that the summary uses; absent (NaN) where there is none.
std::vector<double> bubble_of_each_sample(const CaseHeader& header, const std::vector<double>& slowest,
                                          const std::vector<double>& mean_compute)
{
    CaseRecord one{.header = header, .rounds = std::vector<Round>(1)};
    std::vector<double> bubbles;
    for (std::size_t i = 0; i < slowest.size(); ++i) {
        one.rounds[0].seconds = {.samples = 1, .ranks = 1, .values = {slowest[i]}};
        one.rounds[0].shares["compute_s"] = {.samples = 1, .ranks = 1, .values = {mean_compute[i]}};
        const auto fraction = bubble_fractions(one);
        bubbles.push_back(fraction.empty() ? absent : fraction.front());
    }
    return bubbles;
}

void write_derived(hid_t file, const std::string& path, const CaseHeader& header, const Round& round)
{
    const auto slowest = row_maxima(round.seconds);
    write_row<double>(file, path + "/slowest_s", slowest, {"s", "largest of the ranks' times [sample]; derived"});
    for (const auto& [share, matrix] : round.shares) {
        const auto means = row_means(matrix);
        write_row<double>(file, path + "/shares_mean/" + share, means,
                          {share_units(share), "mean of the share over the ranks [sample]; derived"});
        if (share == "compute_s") {
            write_row<double>(file, path + "/bubble_fraction", bubble_of_each_sample(header, slowest, means),
                              {"1", "1 - mean compute / slowest_s [sample]; derived"});
        }
    }
}

/// Everything of a round but its matrices.
Round read_round_frame(hid_t file, const std::string& path)
{
    const hdf5::Id group = hdf5::open_group(file, path);
    Round round;
    round.index = hdf5::read_count_attribute(group.get(), "index");
    round.position = hdf5::read_count_attribute(group.get(), "position");
    round.started_unix_s = hdf5::read_real_attribute(group.get(), "started_unix_s");
    round.elapsed_s = hdf5::read_real_attribute(group.get(), "elapsed_s");
    const auto stop = hdf5::read_text_attribute(group.get(), "stop");
    round.stop = known(parse_stop_reason(stop), "stop reason", stop);
    round.warmup = hdf5::read_array<std::uint8_t>(file, path + "/warmup", 1).values;
    round.batch = hdf5::read_array<std::uint32_t>(file, path + "/batch", 1).values;
    return round;
}

std::vector<std::string> share_names(hid_t file, const std::string& path)
{
    return hdf5::exists(file, path) ? hdf5::links(hdf5::open_group(file, path).get()) : std::vector<std::string>{};
}

void check_shapes(const Round& round, const std::string& path)
{
    const bool flags_fit = round.warmup.size() == round.seconds.samples && round.batch.size() == round.seconds.samples;
    const bool shares_fit = std::all_of(round.shares.begin(), round.shares.end(), [&](const auto& share) {
        return share.second.samples == round.seconds.samples && share.second.ranks == round.seconds.ranks;
    });
    if (!flags_fit || !shares_fit) {
        throw Error(path + " has datasets whose extents don't fit together");
    }
}

}  // namespace

std::string case_name(int id)
{
    return fmt::format("{:06}", id);
}
std::string case_path(int id)
{
    return "/cases/" + case_name(id);
}
std::string world_ranks_path(int id)
{
    return case_path(id) + "/world_ranks";
}
std::string round_path(int id, int round)
{
    return fmt::format("{}/rounds/{}", case_path(id), round);
}

std::optional<int> parse_number(std::string_view text)
{
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() && value >= 0 ? std::optional(value) : std::nullopt;
}

void write_run(hid_t file, const RunInfo& info, bool complete)
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
    hdf5::write_attribute(file, "clock", info.clock);
    hdf5::write_attribute(file, "synchronisation", info.synchronisation);
    hdf5::write_attribute(file, "clock_cost_s", info.clock_cost_s);
    hdf5::write_attribute(file, "empty_operation_s", info.empty_operation_s);
    hdf5::write_attribute(file, "planned_cases", std::int64_t{info.planned_cases});
    hdf5::write_attribute(file, "seed", info.seed);
    hdf5::write_text(file, "/scenario", info.scenario_text, {no_unit, "scenario as executed, YAML"});
    hdf5::write_text(file, "/targets", info.targets_text, {no_unit, "its targets, YAML; empty if there are none"});
    hdf5::write_texts(file, "/warnings", info.warnings, {no_unit, "what the run warned of"});
    hdf5::write_texts(file, "/environment/hosts", info.hosts, {no_unit, "host names [node]"});
    write_places(file, info.places);
    write_pairs(file, "/environment/facts", info.facts, "library, versions, build");
    write_pairs(file, "/environment/variables", info.environment, "chosen environment variables");
    hdf5::create_group(file, "/cases");
}

RunInfo read_run(hid_t file)
{
    RunInfo info;
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
    info.clock = hdf5::read_text_attribute(file, "clock");
    info.synchronisation = hdf5::read_text_attribute(file, "synchronisation");
    info.clock_cost_s = hdf5::read_real_attribute(file, "clock_cost_s");
    info.empty_operation_s = hdf5::read_real_attribute(file, "empty_operation_s");
    info.planned_cases = hdf5::read_count_attribute(file, "planned_cases");
    info.seed = hdf5::read_unsigned_attribute(file, "seed");
    info.scenario_text = hdf5::read_text(file, "/scenario");
    info.targets_text = hdf5::read_text(file, "/targets");
    info.warnings = hdf5::read_texts(file, "/warnings");
    info.hosts = hdf5::read_texts(file, "/environment/hosts");
    info.places = read_places(file);
    info.facts = read_pairs(file, "/environment/facts");
    info.environment = read_pairs(file, "/environment/variables");
    return info;
}

bool read_complete(hid_t file)
{
    return hdf5::read_count_attribute(file, "complete") != 0;
}

void write_header(hid_t file, const CaseHeader& header)
{
    const hdf5::Id group = hdf5::create_group(file, case_path(header.id));
    hdf5::write_attribute(group.get(), "header", to_json(header).dump(-1, ' ', false, json::error_handler_t::replace));
}

CaseHeader read_header(hid_t file, int id)
{
    const hdf5::Id group = hdf5::open_group(file, case_path(id));
    try {
        CaseHeader header = header_from(json::parse(hdf5::read_text_attribute(group.get(), "header")));
        if (header.id != id) {
            throw Error(fmt::format("{} holds the header of case {}", case_path(id), header.id));
        }
        return header;
    } catch (const json::exception&) {
        throw Error(case_path(id) + " has a header that can't be understood");
    }
}

void write_world_ranks(hid_t file, const CaseHeader& header)
{
    const std::vector<std::int32_t> ranks(header.world_ranks.begin(), header.world_ranks.end());
    write_row<std::int32_t>(file, world_ranks_path(header.id), ranks,
                            {"1", "rank in the launch of each column of the samples [rank]"});
}

std::vector<int> read_world_ranks(hid_t file, int id)
{
    const auto ranks = hdf5::read_array<std::int32_t>(file, world_ranks_path(id), 1).values;
    return {ranks.begin(), ranks.end()};
}

void write_round(hid_t file, const CaseHeader& header, const Round& round)
{
    const std::string path = round_path(header.id, round.index);
    const hdf5::Id group = hdf5::create_group(file, path);
    hdf5::write_attribute(group.get(), "index", std::int64_t{round.index});
    hdf5::write_attribute(group.get(), "position", std::int64_t{round.position});
    hdf5::write_attribute(group.get(), "started_unix_s", round.started_unix_s);
    hdf5::write_attribute(group.get(), "elapsed_s", round.elapsed_s);
    hdf5::write_attribute(group.get(), "stop", name(round.stop));
    write_matrix(file, path + "/samples_s", round.seconds, {"s", "time of each execution on each rank [sample][rank]"});
    write_row<std::uint8_t>(file, path + "/warmup", round.warmup, {"1", "1 = warm-up, not in any summary [sample]"});
    write_row<std::uint32_t>(file, path + "/batch", round.batch, {"1", "executions that a sample is the mean of"});
    for (const auto& [share, matrix] : round.shares) {
        write_matrix(file, path + "/shares/" + share, matrix,
                     {share_units(share), "share of each execution on each rank [sample][rank]"});
    }
    write_derived(file, path, header, round);
}

Round read_round(hid_t file, int id, int round)
{
    const std::string path = round_path(id, round);
    Round whole = read_round_frame(file, path);
    whole.seconds = read_matrix(file, path + "/samples_s");
    for (const auto& share : share_names(file, path + "/shares")) {
        whole.shares[share] = read_matrix(file, path + "/shares/" + share);
    }
    check_shapes(whole, path);
    return whole;
}

Round read_reduced_round(hid_t file, int id, int round)
{
    const std::string path = round_path(id, round);
    Round reduced = read_round_frame(file, path);
    reduced.seconds = read_one_column(file, path + "/slowest_s");
    for (const auto& share : share_names(file, path + "/shares_mean")) {
        reduced.shares[share] = read_one_column(file, path + "/shares_mean/" + share);
    }
    check_shapes(reduced, path);
    return reduced;
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
    columns.add("samples", "1", [](const Row& row) { return std::uint64_t{row.samples}; });
    columns.add("warmups", "1", [](const Row& row) { return std::uint64_t{row.warmups}; });
    columns.add("stop", no_unit, [](const Row& row) { return row.stop; });
    columns.add("confidence", "1", [](const Row& row) { return row.confidence; });
    for (const Number& number : numbers) {
        columns.add(number.column, number.units, [&](const Row& row) { return row.*number.member; });
    }
    columns.write(file, "/summary", "one row a case; a number that is absent is NaN");
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
    for (std::size_t i = 0; i < cases.size(); ++i) {
        cases[i].header = read_header(file, narrow(id[i]));
        cases[i].rounds = narrow(rounds[i]);
        cases[i].samples = samples[i];
        cases[i].warmups = warmups[i];
        cases[i].stop = stop[i];
        cases[i].confidence = confidence[i];
    }
    for (const Number& number : numbers) {
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

std::set<std::pair<int, int>> list_rounds(hid_t file)
{
    std::set<std::pair<int, int>> rounds;
    const hdf5::Id cases = hdf5::open_group(file, "/cases");
    for (const auto& case_link : hdf5::links(cases.get())) {
        const auto id = parse_number(case_link);
        const std::string path = case_link + "/rounds";
        if (!id || !hdf5::exists(cases.get(), path)) {
            continue;
        }
        for (const auto& round_link : hdf5::links(hdf5::open_group(cases.get(), path).get())) {
            if (const auto round = parse_number(round_link)) {
                rounds.emplace(*id, *round);
            }
        }
    }
    return rounds;
}

}  // namespace plumbline::layout
