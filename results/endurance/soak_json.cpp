// SPDX-License-Identifier: Apache-2.0
#include "results/endurance/soak_json.hpp"

#include "results/endurance/endurance.hpp"
#include "results/statistics/failure_rates.hpp"

#include <cmath>
#include <optional>
#include <string>

namespace plumbline {

namespace {

using Json = nlohmann::ordered_json;

template <class T>
Json or_null(const std::optional<T>& value)
{
    return value ? Json(*value) : Json(nullptr);
}

Json finite(double value)
{
    return std::isfinite(value) ? Json(value) : Json(nullptr);
}

Json event_json(const SoakEvent& event, const Soak& soak, std::size_t number)
{
    Json json{{"event", number},
              {"cause", name(event.cause)},
              {"what", event.what},
              {"interrupts", event.interrupts()},
              {"rank", or_null(event.rank)},
              {"host", event.host},
              {"injected", event.injected.empty() ? Json(nullptr) : Json(event.injected)},
              {"planned", event.cause == Cause::paused},
              {"isolated", event.isolated.empty() ? Json(nullptr) : Json(event.isolated)},
              {"notes", event.notes}};
    Json line = Json::object();
    for (std::size_t m = 0; m < moments; ++m) {
        line["t" + std::to_string(m)] = or_null(event.at.at(m));
    }
    json["moments_unix_s"] = std::move(line);
    json["detection_s"] = or_null(event.detection_s());
    json["isolation_s"] = or_null(event.between(Moment::declared, Moment::isolated));
    json["relaunch_s"] = or_null(event.between(Moment::isolated, Moment::relaunched));
    json["connect_s"] = or_null(event.between(Moment::relaunched, Moment::connected));
    json["load_s"] = or_null(event.between(Moment::connected, Moment::loaded));
    json["first_step_s"] = or_null(event.between(Moment::loaded, Moment::stepped));
    json["regain_s"] = or_null(event.between(Moment::stepped, Moment::regained));
    json["restart_s"] = or_null(event.restart_s());
    json["resume_s"] = or_null(event.resume_s());
    json["recovery_s"] = or_null(event.recovery_s());
    json["steps_before"] = event.steps_before;
    json["step_loaded"] = or_null(event.step_loaded);
    json["lost_steps"] = or_null(event.lost_steps());
    json["lost_work_s"] = or_null(event.lost_work_s(soak.first_step_unix_s.value_or(0)));
    return json;
}

Json rows_json(const Soak& soak, double length_s)
{
    Json rows = Json::array();
    for (const Availability& row : availability(soak, length_s)) {
        rows.push_back({{"from_unix_s", row.from_unix_s},
                        {"length_s", row.length_s},
                        {"up", row.up},
                        {"effective", row.effective},
                        {"events", row.events}});
    }
    return rows;
}

Json sweeps_json(const Soak& soak)
{
    Json sweeps = Json::array();
    for (const BandwidthTrend& trend : bandwidth_trends(soak)) {
        Json points = Json::array();
        for (const SweepPoint& point : soak.sweeps.at(trend.what)) {
            points.push_back({{"unix_s", point.unix_s}, {"busbw_GBps", point.bytes_per_s / 1e9}});
        }
        Json changes = Json::array();
        for (const auto& change : trend.changes) {
            changes.push_back({{"unix_s", change.unix_s}, {"ratio", change.ratio}});
        }
        sweeps.push_back({{"what", trend.what},
                          {"decay", or_null(trend.decay)},
                          {"decay_low", trend.interval ? Json(trend.interval->low) : Json(nullptr)},
                          {"decay_high", trend.interval ? Json(trend.interval->high) : Json(nullptr)},
                          {"changes", std::move(changes)},
                          {"points", std::move(points)}});
    }
    return sweeps;
}

Json hours_json(const Soak& soak)
{
    Json hours = rows_json(soak, 3600);
    for (std::size_t i = 0; i < hours.size() && i < soak.hours.size(); ++i) {
        const SoakHour& hour = soak.hours[i];
        hours[i]["steps"] = hour.steps;
        hours[i]["checkpoints"] = hour.checkpoints;
        hours[i]["checkpoint_s"] = hour.checkpoint_s;
        Json bins = Json::array();
        for (const auto& [bin, count] : hour.step_times) {
            bins.push_back({{"from_s", step_time_of_bin(bin)}, {"steps", count}});
        }
        hours[i]["step_times"] = std::move(bins);
    }
    return hours;
}

}  // namespace

Json soak_json(const Soak& soak)
{
    const TimeSpent spent = time_spent(soak);
    const std::size_t unplanned = interruptions(soak);
    Json mtbf(nullptr);
    if (spent.wall_s > 0) {
        const Interval interval = mtbf_interval(spent.wall_s, unplanned, soak.settings.confidence);
        mtbf = {{"estimate_s", unplanned > 0 ? Json(spent.wall_s / static_cast<double>(unplanned)) : Json(nullptr)},
                {"low_s", interval.low},
                {"high_s", finite(interval.high)},
                {"at_least_s", mtbf_at_least(spent.wall_s, unplanned, soak.settings.confidence)},
                {"confidence", soak.settings.confidence}};
    }
    Json json;
    json["soak"] = {{"name", soak.settings.name},
                    {"id", soak.settings.id},
                    {"version", soak.version},
                    {"workload", soak.settings.workload},
                    {"ranks", soak.ranks},
                    {"nodes", soak.nodes},
                    {"complete", soak.complete()},
                    {"gave_up", soak.end && soak.end->gave_up},
                    {"paused", soak.end && soak.end->paused},
                    {"why", soak.end ? soak.end->why : ""},
                    {"begun_unix_s", soak.begun_unix_s},
                    {"first_step_unix_s", or_null(soak.first_step_unix_s)},
                    {"last_unix_s", soak.last_unix_s},
                    {"planned_s", soak.settings.planned_s},
                    {"wall_s", spent.wall_s},
                    {"lost_s", spent.lost_s},
                    {"down_s", spent.down_s},
                    {"checkpoint_s", spent.checkpoint_s},
                    {"checkpoints", soak.checkpoints},
                    {"effective_time_ratio", or_null(spent.effective_ratio())},
                    {"steps", soak.most_steps},
                    {"verified", soak.verified},
                    {"launches", soak.segments},
                    {"interruptions", unplanned},
                    {"recoveries", soak.recoveries()},
                    {"wrong_data", wrong_data_events(soak)},
                    {"mtbf", std::move(mtbf)}};
    json["events"] = Json::array();
    for (std::size_t i = 0; i < soak.events.size(); ++i) {
        json["events"].push_back(event_json(soak.events[i], soak, i + 1));
    }
    json["days"] = rows_json(soak, 86'400);
    json["hours"] = hours_json(soak);
    json["sweeps"] = sweeps_json(soak);
    return json;
}

}  // namespace plumbline
