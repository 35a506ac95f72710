#include "results/printers/show.hpp"

#include "collectives/operations/types.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// JSON and CSV.
namespace plumbline {
namespace {

using Json = nlohmann::ordered_json;

constexpr double giga = 1e9;

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

Json run_json(const RunMetadata& info, bool complete)
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
            {"coverage", name(header.verification)},
            {"coverage_note", header.verification_note},
            {"launches", row.launches},
            {"rounds", row.rounds},
            {"warmups", row.warmups},
            {"machine_state", row.machine_state},
            {"rounds_left_out", row.rounds_left_out},
            {"neighbour_s", optional_number(row.cache_line_latency_s)},
            {"copy_s", optional_number(row.l1_copy_s)},
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

void show_json(std::ostream& out, const RunMetadata& info, std::span<const CaseSummary> cases,
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

void show_csv(std::ostream& out, std::span<const CaseSummary> cases, const RunMetadata& info)
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

}  // namespace plumbline
