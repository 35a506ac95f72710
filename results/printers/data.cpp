// SPDX-License-Identifier: Apache-2.0
#include "results/printers/show.hpp"

#include "results/records/codec.hpp"
#include "results/records/summary_fields.hpp"
#include "results/summaries/summarize.hpp"
#include "results/util/json_number.hpp"
#include "results/util/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

/// JSON and CSV.
namespace plumbline {
namespace {

using Json = nlohmann::ordered_json;

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
            {"stand_in", info.fake_library},
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
            {"warnings", std::vector<std::string>(info.warnings.begin(), info.warnings.end())},
            {"plumbline_version", info.plumbline_version},
            {"schema", info.schema}};
}

/// A log's value has a bandwidth, but is no median.
CaseSummary with_bandwidths(const CaseSummary& row)
{
    CaseSummary shown = with_point_value(row);
    shown.median_s = row.median_s;
    return shown;
}

Json case_json(std::span<const SummaryField* const> fields, const CaseSummary& row)
{
    Json object;
    for (const SummaryField* field : fields) {
        object[std::string(shown_name(*field))] = value_json(shown_value(*field, row));
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
            {"ci_low", json_number(row.interval ? std::optional(row.interval->low) : std::nullopt)},
            {"ci_high", json_number(row.interval ? std::optional(row.interval->high) : std::nullopt)},
            {"speedup", json_number(row.speedup)},
            {"across_fabrics", row.across_fabrics}};
}

/// What a spreadsheet would take for a formula gets an apostrophe before it.
std::string csv_text(const std::string& raw)
{
    const std::string text = text::printable(raw);
    return text.find_first_of("=+-@") == 0 ? "'" + text : text;
}

/// RFC 4180: quoted where it holds a comma, a quote or a line break.
std::string csv_cell(const Json& value)
{
    if (value.is_null()) {
        return "";
    }
    std::string cell = value.is_string() ? csv_text(value.get<std::string>())
                                         : value.dump(-1, ' ', false, Json::error_handler_t::replace);
    if (cell.find_first_of(",\"\r\n") == std::string::npos) {
        return cell;
    }
    std::string quoted = "\"";
    for (const char c : cell) {
        quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    }
    return quoted + "\"";
}

}  // namespace

void show_json(std::ostream& out, const RunMetadata& info, std::span<const CaseSummary> cases,
               std::span<const ScalingRow> scaling, std::span<const BestAlgorithm> algorithms, bool complete,
               std::string_view expectations)
{
    Json all;
    all["run"] = run_json(info, complete);
    all["cases"] = Json::array();
    const auto fields = shown_fields();
    for (const CaseSummary& row : cases) {
        all["cases"].push_back(case_json(fields, with_bandwidths(row)));
    }
    all["scaling"] = Json::array();
    for (const ScalingRow& row : scaling) {
        all["scaling"].push_back(scaling_json(row));
    }
    all["algorithms"] = algorithms_json(algorithms);
    all["expectations"] = Json::parse(expectations);
    out << all.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

void show_csv(std::ostream& out, std::span<const CaseSummary> cases, const RunMetadata& info)
{
    const auto fields = shown_fields();
    std::vector<std::string> names;
    for (const SummaryField* field : fields) {
        names.emplace_back(shown_name(*field));
    }
    out << fmt::format("{},simulated,stand_in\n", fmt::join(names, ","));
    const std::string of_run = csv_cell(info.simulated) + "," + csv_cell(info.fake_library);
    for (const CaseSummary& stored : cases) {
        const CaseSummary row = with_bandwidths(stored);
        for (const SummaryField* field : fields) {
            out << csv_cell(value_json(shown_value(*field, row))) << ',';
        }
        out << of_run << '\n';
    }
}

}  // namespace plumbline
