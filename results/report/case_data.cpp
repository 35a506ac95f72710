// SPDX-License-Identifier: Apache-2.0
#include "results/report/case_data.hpp"

#include "collectives/operations/types.hpp"
#include "collectives/patterns/pattern.hpp"
#include "results/records/case_titles.hpp"
#include "results/records/codec.hpp"
#include "results/records/summary_fields.hpp"
#include "results/report/json_parts.hpp"
#include "results/summaries/summarize.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace plumbline::report {
namespace {

/// What the page draws of a measured case, under its own keys.
struct PageField {
    std::string_view key;
    std::string_view name;  ///< of a SummaryField
};
constexpr std::array page_fields{PageField{"samples", "samples"},
                                 PageField{"warmups", "warmups"},
                                 PageField{"rounds", "rounds"},
                                 PageField{"median_s", "median_s"},
                                 PageField{"low_s", "ci_low_s"},
                                 PageField{"high_s", "ci_high_s"},
                                 PageField{"p95_s", "p95_s"},
                                 PageField{"p99_s", "p99_s"},
                                 PageField{"algbw", "algbw_bytes_per_s"},
                                 PageField{"busbw", "busbw_bytes_per_s"},
                                 PageField{"total_bytes", "total_bytes"},
                                 PageField{"bus_factor", "bus_factor"},
                                 PageField{"bubble", "bubble_fraction"},
                                 PageField{"bubble_ideal", "bubble_ideal"},
                                 PageField{"overlap", "overlap_fraction"},
                                 PageField{"isolated_s", "isolated_s"},
                                 PageField{"impact", "congestion_impact"},
                                 PageField{"impact_low", "congestion_impact_low"},
                                 PageField{"impact_high", "congestion_impact_high"},
                                 PageField{"impact_p99", "congestion_impact_p99"},
                                 PageField{"impact_p99_low", "congestion_impact_p99_low"},
                                 PageField{"impact_p99_high", "congestion_impact_p99_high"},
                                 PageField{"mfu", "mfu"},
                                 PageField{"tokens_per_s", "tokens_per_s"},
                                 PageField{"unstable", "unstable"},
                                 PageField{"stop", "stop"},
                                 PageField{"interval_over", "interval_over"},
                                 PageField{"coverage", "verification"},
                                 PageField{"coverage_note", "verification_note"},
                                 PageField{"pairs_across", "pairs_across_nodes"},
                                 PageField{"rounds_left_out", "rounds_left_out"},
                                 PageField{"reported", "reported_estimator"}};

Json value_of_page(const FieldValue& value)
{
    if (const auto* real = std::get_if<std::optional<double>>(&value)) {
        return number(*real);
    }
    if (const auto* text = std::get_if<std::string>(&value)) {
        return text_of(*text);
    }
    return value_json(value);
}

}  // namespace

Json case_json(const CaseSummary& stored, const Sentence& title, const IdealTimes& ideals)
{
    const CaseSummary row = with_point_value(stored);
    const CaseHeader& header = row.header;
    const PatternInfo& pattern = pattern_info(header.what.pattern);
    // Single links have a picture of their own.
    const bool sized = pattern.collective ? pattern.has_bandwidth : pattern.probe != NetworkProbe::links;
    Json object{{"id", header.id},
                {"what", said(title)},
                {"series", said(series_title(header.what))},
                {"pattern", text_of(header.what.pattern)},
                {"bytes", header.what.bytes},
                {"sized", sized},
                {"ranks", header.what.ranks},
                {"nodes", header.what.nodes},
                {"status", name(header.status)}};
    if (header.status != CaseStatus::measured) {
        object["wrong_data"] = has_wrong_data(header);
        object["why"] = said(reason(header));
        return object;
    }
    for (const PageField& field : page_fields) {
        object[std::string(field.key)] = value_of_page(shown_value(summary_field(field.name), row));
    }
    if (const auto ideal = ideals.seconds.find(header.id); ideal != ideals.seconds.end()) {
        object["ideal_s"] = number(ideal->second);
        object["above_bound"] = ideals.above_bound.contains(header.id);
    }
    if (const auto by = ideals.attainable.find(header.id); by != ideals.attainable.end()) {
        object["attainable_s"] = number(by->second.seconds);
        object["attainable_by"] = name(by->second.algorithm);
    }
    if (const auto by = ideals.outdone.find(header.id); by != ideals.outdone.end()) {
        object["outdone_s"] = number(by->second.seconds);
        object["outdone_by"] = name(by->second.algorithm);
    }
    return object;
}

}  // namespace plumbline::report
