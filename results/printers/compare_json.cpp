// SPDX-License-Identifier: Apache-2.0
#include "results/printers/compare_json.hpp"

#include "results/comparison/who_wins.hpp"
#include "results/records/codec.hpp"
#include "results/records/summary_fields.hpp"
#include "results/util/json_number.hpp"
#include "results/util/text.hpp"

#include <nlohmann/json.hpp>

namespace plumbline {
namespace {

using Json = nlohmann::ordered_json;
using text::printable;

Json gigabytes_per_s(const std::optional<double>& bytes_per_s)
{
    return bytes_per_s ? Json(*bytes_per_s / 1e9) : Json(nullptr);
}

Json lines_json(const std::vector<Sentence>& sentences)
{
    Json lines = Json::array();
    for (const Sentence& sentence : sentences) {
        lines.push_back(printable(sentence.english()));
    }
    return lines;
}

Json identity_json(const CaseIdentity& what)
{
    CaseSummary row;
    row.header.what = what;
    row.header.what.pattern = printable(what.pattern);
    Json object{{"case", printable(describe(what))}};
    for (const char* name : {"pattern", "bytes", "ranks", "nodes", "dtype"}) {
        object[name] = value_json(value_of(summary_field(name), row));
    }
    return object;
}

Json case_json(const ComparedCase& c)
{
    Json object{{"run", c.run}};
    object.update(identity_json(c.what));
    object.update({{"reference_id", c.reference_id},
                   {"id", c.id},
                   {"regime", name(c.regime)},
                   {"reference_s", c.reference_s},
                   {"time_s", c.time_s},
                   {"ratio", c.ratio},
                   {"ci_low", json_number(c.interval ? std::optional(c.interval->low) : std::nullopt)},
                   {"ci_high", json_number(c.interval ? std::optional(c.interval->high) : std::nullopt)},
                   {"cliffs_delta", json_number(c.effect)},
                   {"p_value", json_number(c.p_value)},
                   {"difference", name(c.difference)},
                   {"why", printable(c.why)},
                   {"point_value", c.point_value},
                   {"ratio_per_price", json_number(c.per_price)},
                   {"ratio_per_power", json_number(c.per_power)},
                   {"effect", c.effect ? Json(effect_said(*c.effect).english()) : Json(nullptr)},
                   {"reference_busbw_GBps", gigabytes_per_s(c.reference_busbw_bytes_per_s)},
                   {"busbw_GBps", gigabytes_per_s(c.busbw_bytes_per_s)},
                   {"reference_tokens_per_s", json_number(c.reference_tokens_per_s)},
                   {"tokens_per_s", json_number(c.tokens_per_s)}});
    return object;
}

Json run_json(const ComparedRun& run)
{
    return {{"file", printable(run.label)},
            {"name", printable(run.info.name)},
            {"ranks", run.info.ranks},
            {"simulated", run.info.simulated},
            {"stand_in", run.info.fake_library},
            {"imported", is_imported(run.info)},
            {"price", json_number(run.price)},
            {"power_kw", json_number(run.power_kw)},
            {"currency", printable(run.currency)}};
}

Json regime_json(const RegimeSummary& r)
{
    return {{"run", r.run},
            {"regime", name(r.regime)},
            {"cases", r.cases},
            {"better", r.better},
            {"worse", r.worse},
            {"geometric_mean_ratio", r.geometric_mean},
            {"lowest_ratio", r.lowest},
            {"highest_ratio", r.highest},
            {"ratio_per_price", json_number(r.per_price)},
            {"ratio_per_power", json_number(r.per_power)}};
}

}  // namespace

Json comparison_json(std::span<const ComparedRun> runs, const Comparison& comparison)
{
    Json all{{"confidence", comparison.confidence},
             {"correction", "holm"},
             {"verdict", comparison.verdict ? Json(name(*comparison.verdict)) : Json(nullptr)},
             {"worse_limit", json_number(comparison.worse_limit)},
             {"launch_spread", json_number(comparison.launch_spread)},
             {"fairness", printable(fairness_said(comparison).english())},
             {"answer", lines_json(who_wins(runs, comparison))},
             {"fastest", printable(fastest_said(runs, comparison).english())},
             {"tokens", lines_json(tokens_said(runs, comparison))},
             {"deciding", printable(cases_said(runs, comparison).english())},
             {"runs", Json::array()},
             {"manifest", Json::array()},
             {"cases", Json::array()},
             {"regimes", Json::array()},
             {"unmatched", Json::array()}};
    for (const ComparedRun& run : runs) {
        all["runs"].push_back(run_json(run));
    }
    for (const ManifestRow& row : comparison.manifest) {
        Json values = Json::array();
        for (const std::string& value : row.values) {
            values.push_back(value.empty() ? Json(nullptr) : Json(printable(value)));
        }
        all["manifest"].push_back({{"name", printable(row.name)}, {"differs", row.differs}, {"values", values}});
    }
    for (const ComparedCase& c : comparison.cases) {
        all["cases"].push_back(case_json(c));
    }
    for (const RegimeSummary& r : comparison.regimes) {
        all["regimes"].push_back(regime_json(r));
    }
    for (const UnmatchedCase& lost : comparison.unmatched) {
        Json object{{"run", lost.run}};
        object.update(identity_json(lost.what));
        object["why"] = printable(lost.why.english());
        all["unmatched"].push_back(std::move(object));
    }
    return all;
}

}  // namespace plumbline
