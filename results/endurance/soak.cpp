// SPDX-License-Identifier: Apache-2.0
#include "results/endurance/soak.hpp"

#include "collectives/util/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <sstream>

namespace plumbline {

namespace {

constexpr std::array<std::string_view, moments> moment_names{
    "fault", "symptom", "declared", "isolated", "relaunched", "connected", "loaded", "stepped", "regained"};
constexpr std::array<std::string_view, 9> cause_names{"rank_died",       "launcher_died", "hang",
                                                      "wrong_data",      "job_ended",     "no_start",
                                                      "supervisor_died", "paused",        "checkpoint"};

constexpr double seconds_of_hour = 3600;
constexpr std::size_t most_hours = 24 * 366 * 10;

std::optional<double> optional_number(const JournalRecord& record, std::string_view key)
{
    return record.fields.contains(std::string(key)) ? std::optional(record.number(key)) : std::nullopt;
}

SoakHour& hour_at(Soak& soak, double unix_s)
{
    const double since = std::max(unix_s - soak.first_step_unix_s.value_or(unix_s), 0.0);
    const auto index = std::min(static_cast<std::size_t>(since / seconds_of_hour), most_hours);
    if (soak.hours.size() <= index) {
        soak.hours.resize(index + 1);
    }
    return soak.hours[index];
}

/// Sets a moment of every interruption that has not reached it.
void reach(Soak& soak, Moment moment, double unix_s)
{
    for (SoakEvent& event : soak.events) {
        auto& at = event.at[static_cast<std::size_t>(moment)];
        if (event.interrupts() && !at && !event.moment(Moment::regained)) {
            at = unix_s;
        }
    }
}

/// What an interruption in the middle of a recovery makes void: it goes through those moments again.
void restart_open_events(Soak& soak)
{
    for (SoakEvent& event : soak.events) {
        if (event.interrupts() && !event.moment(Moment::regained)) {
            for (const Moment later : {Moment::relaunched, Moment::connected, Moment::loaded, Moment::stepped}) {
                event.at[static_cast<std::size_t>(later)].reset();
            }
            event.step_loaded.reset();
            event.checkpoint_unix_s.reset();
        }
    }
}

void note_steps(Soak& soak, std::uint64_t steps, double unix_s)
{
    if (steps > soak.most_steps) {
        reach(soak, Moment::regained, unix_s);
        if (soak.first_step_unix_s) {
            hour_at(soak, unix_s).steps += steps - soak.most_steps;
        }
        soak.most_steps = steps;
    }
    soak.steps = steps;
}

void begin(Soak& soak, const JournalRecord& record)
{
    SoakSettings& settings = soak.settings;
    settings.name = record.text("name");
    settings.id = record.text("id");
    settings.scenario = record.text("scenario");
    settings.scenario_text = record.text("scenario_text");
    settings.targets_text = record.text("targets_text");
    settings.overrides = record.text("overrides");
    settings.faults_text = record.text("faults_text");
    settings.launcher = record.text("launcher");
    settings.workload = record.text("workload");
    settings.planned_s = record.number("planned_s");
    settings.until_recoveries = record.integer("until_recoveries");
    settings.spares = record.integer("spares");
    settings.checkpoint_every_s = record.number("checkpoint_every_s");
    settings.checkpoint_bytes = record.count("checkpoint_bytes");
    settings.checkpoint_folder = record.text("checkpoint_folder");
    settings.hang_after_s = record.number("hang_after_s", settings.hang_after_s);
    if (record.fields.contains("give_up_after")) {
        settings.give_up_after = record.integer("give_up_after");
    }
    settings.verify_every = record.count("verify_every");
    settings.diagnose_within_s = record.number("diagnose_within_s");
    settings.sweep_every_s = record.number("sweep_every_s", settings.sweep_every_s);
    settings.program = record.text("program");
    settings.confidence = record.number("confidence", settings.confidence);
    soak.version = record.text("version");
    soak.begun_unix_s = record.unix_s;
}

void declare(Soak& soak, const JournalRecord& record)
{
    if (record.fields.contains("step")) {
        note_steps(soak, record.count("step"), record.unix_s);
    }
    SoakEvent event;
    event.cause = parse_cause(record.text("cause")).value_or(Cause::job_ended);
    event.what = record.text("what");
    event.host = record.text("host");
    event.injected = record.text("injected");
    event.notes = record.text("notes");
    event.steps_before = soak.most_steps;
    if (record.fields.contains("rank")) {
        event.rank = record.integer("rank");
    }
    event.at[static_cast<std::size_t>(Moment::fault)] = record.number("t0", record.unix_s);
    event.at[static_cast<std::size_t>(Moment::symptom)] = record.number("t1", record.unix_s);
    event.at[static_cast<std::size_t>(Moment::declared)] = record.unix_s;
    if (event.interrupts()) {
        restart_open_events(soak);
    }
    soak.events.push_back(std::move(event));
}

void take_in_progress(Soak& soak, const JournalRecord& record)
{
    const auto checkpoints = record.count("checkpoints");
    const double checkpoint_s = record.number("checkpoint_s");
    if (soak.first_step_unix_s) {
        SoakHour& hour = hour_at(soak, record.unix_s);
        hour.checkpoints += checkpoints;
        hour.checkpoint_s += checkpoint_s;
        std::istringstream bins(record.text("step_times"));
        int bin = 0;
        std::uint64_t count = 0;
        char colon = ':';
        while (bins >> bin >> colon >> count) {
            hour.step_times[bin] += count;
        }
    }
    soak.checkpoints += checkpoints;
    soak.checkpoint_s += checkpoint_s;
    soak.verified += record.count("verified");
    note_steps(soak, record.count("step"), record.unix_s);
}

}  // namespace

std::string_view name(Moment moment)
{
    return moment_names.at(static_cast<std::size_t>(moment));
}

std::string_view name(Cause cause)
{
    return cause_names.at(static_cast<std::size_t>(cause));
}

std::optional<Cause> parse_cause(std::string_view text)
{
    const auto found = std::ranges::find(cause_names, text);
    return found == cause_names.end() ? std::nullopt : std::optional(static_cast<Cause>(found - cause_names.begin()));
}

std::optional<double> SoakEvent::between(Moment from, Moment to) const
{
    return moment(from) && moment(to) ? std::optional(std::max(*moment(to) - *moment(from), 0.0)) : std::nullopt;
}

std::optional<std::uint64_t> SoakEvent::lost_steps() const
{
    return step_loaded ? std::optional(steps_before - std::min(*step_loaded, steps_before)) : std::nullopt;
}

std::optional<double> SoakEvent::lost_work_s(double first_step_unix_s) const
{
    if (!step_loaded || !moment(Moment::fault)) {
        return std::nullopt;
    }
    return std::max(*moment(Moment::fault) - checkpoint_unix_s.value_or(first_step_unix_s), 0.0);
}

int step_time_bin(double seconds)
{
    constexpr int last = 160;  // above 10 days
    return std::clamp(static_cast<int>(std::floor(4 * std::log2(std::max(seconds, 1e-6) / 1e-6))), 0, last);
}

double step_time_of_bin(int bin)
{
    return 1e-6 * std::exp2(bin / 4.0);
}

bool Soak::open() const
{
    return std::ranges::any_of(events,
                               [](const SoakEvent& e) { return e.interrupts() && !e.moment(Moment::regained); });
}

std::size_t Soak::recoveries() const
{
    return static_cast<std::size_t>(std::ranges::count_if(
        events, [](const SoakEvent& e) { return e.interrupts() && e.moment(Moment::regained).has_value(); }));
}

double Soak::wall_s() const
{
    return first_step_unix_s ? std::max(last_unix_s - *first_step_unix_s, 0.0) : 0;
}

void take_in(Soak& soak, const JournalRecord& record)
{
    const double now = record.unix_s;
    soak.last_unix_s = std::max(soak.last_unix_s, now);
    if (record.kind == "begin") {
        begin(soak, record);
    } else if (record.kind == "segment") {
        ++soak.segments;
        reach(soak, Moment::relaunched, now);
        soak.end.reset();
    } else if (record.kind == "connected") {
        soak.ranks = record.integer("ranks");
        soak.nodes = record.integer("nodes");
        soak.settings.workload = record.text("workload");
        soak.backend = record.text("backend");
        soak.fake_library = soak.fake_library || record.text("fake_library") == "true";
        if (record.fields.contains("hosts")) {
            soak.hosts = record.text("hosts");
        }
        reach(soak, Moment::connected, now);
    } else if (record.kind == "loaded") {
        reach(soak, Moment::loaded, now);
        for (SoakEvent& event : soak.events) {
            if (event.interrupts() && !event.moment(Moment::regained)) {
                event.step_loaded = record.count("step");
                event.checkpoint_unix_s = optional_number(record, "written_unix_s");
                event.notes += record.text("notes");
            }
        }
        soak.steps = record.count("step");
    } else if (record.kind == "stepped") {
        reach(soak, Moment::stepped, now);
        if (!soak.first_step_unix_s) {
            soak.first_step_unix_s = now;
        }
        note_steps(soak, record.count("step"), now);
    } else if (record.kind == "regained") {
        note_steps(soak, record.count("step"), now);
    } else if (record.kind == "progress") {
        take_in_progress(soak, record);
    } else if (record.kind == "declared") {
        declare(soak, record);
    } else if (record.kind == "isolated") {
        reach(soak, Moment::isolated, now);
        if (const std::string host = record.text("host"); !host.empty() && !soak.events.empty()) {
            SoakEvent& last = soak.events.back();
            last.isolated = host;
            if (const std::string why = record.text("why"); !why.empty()) {
                last.notes += fmt::format("{}{} was taken out: {}", last.notes.empty() ? "" : "; ", host, why);
            }
            soak.isolated.push_back(host);
        }
    } else if (record.kind == "checkpoint_again") {
        for (SoakEvent& event : soak.events) {
            if (event.cause == Cause::checkpoint && !event.moment(Moment::regained)) {
                event.at[static_cast<std::size_t>(Moment::regained)] = now;
            }
        }
    } else if (record.kind == "sweep") {
        soak.sweeps[record.text("what")].push_back({.unix_s = now, .bytes_per_s = record.number("bytes_per_s")});
        if (record.fields.contains("case")) {
            soak.swept[record.text("what")] = record.text("case");
        }
    } else if (record.kind == "injected") {
        ++soak.injected[record.text("entry")];
    } else if (record.kind == "end") {
        soak.end = SoakEnd{.gave_up = record.text("gave_up") == "true",
                           .paused = record.text("paused") == "true",
                           .why = record.text("why")};
    }
}

void require_begin(const JournalRecord& first, const std::string& origin)
{
    if (first.kind != "begin") {
        throw ConfigError(say(
            "{}: is no journal of a soak (it doesn't begin as one). Name a folder that plumbline endure made", origin));
    }
}

Soak soak_of(std::span<const JournalRecord> records, const std::string& origin)
{
    require_begin(records.empty() ? JournalRecord{} : records.front(), origin);
    Soak soak;
    for (const JournalRecord& record : records) {
        take_in(soak, record);
    }
    return soak;
}

JournalRecord begin_record(const SoakSettings& settings, const std::string& version, double unix_s)
{
    const auto number = [](double value) { return fmt::format("{}", value); };
    return {.unix_s = unix_s,
            .kind = "begin",
            .fields = {{"name", settings.name},
                       {"id", settings.id},
                       {"scenario", settings.scenario},
                       {"scenario_text", settings.scenario_text},
                       {"targets_text", settings.targets_text},
                       {"overrides", settings.overrides},
                       {"faults_text", settings.faults_text},
                       {"launcher", settings.launcher},
                       {"workload", settings.workload},
                       {"planned_s", number(settings.planned_s)},
                       {"until_recoveries", fmt::format("{}", settings.until_recoveries)},
                       {"spares", fmt::format("{}", settings.spares)},
                       {"checkpoint_every_s", number(settings.checkpoint_every_s)},
                       {"checkpoint_bytes", fmt::format("{}", settings.checkpoint_bytes)},
                       {"checkpoint_folder", settings.checkpoint_folder},
                       {"hang_after_s", number(settings.hang_after_s)},
                       {"give_up_after", fmt::format("{}", settings.give_up_after)},
                       {"diagnose_within_s", number(settings.diagnose_within_s)},
                       {"verify_every", fmt::format("{}", settings.verify_every)},
                       {"sweep_every_s", number(settings.sweep_every_s)},
                       {"program", settings.program},
                       {"confidence", number(settings.confidence)},
                       {"version", version}}};
}

}  // namespace plumbline
