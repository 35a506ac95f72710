// SPDX-License-Identifier: Apache-2.0
#include "results/layout/soak.hpp"

#include "results/endurance/endurance.hpp"
#include "results/endurance/segments.hpp"
#include "results/endurance/soak.hpp"
#include "results/layout/columns.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <utility>

namespace plumbline::layout {

namespace {

constexpr const char* journal_path = "/soak/journal";
constexpr double hour_s = 3600;

/// A table as it is to be in the file.
struct SoakTable {
    std::string path;
    std::string_view description;
    std::vector<hdf5::Column> columns;
};

std::optional<double> real(std::optional<std::uint64_t> count)
{
    return count ? std::optional(static_cast<double>(*count)) : std::nullopt;
}

SoakTable events_table(const Soak& soak)
{
    Columns<SoakEvent> columns(soak.events);
    const double first_s = soak.first_step_unix_s.value_or(0);
    columns.add("cause", no_unit, [](const SoakEvent& e) { return name(e.cause); });
    columns.add("what", no_unit, [](const SoakEvent& e) { return e.what; });
    columns.add("interrupts", "1", [](const SoakEvent& e) { return e.interrupts() ? 1U : 0U; });
    columns.add("planned", "1", [](const SoakEvent& e) { return e.cause == Cause::paused ? 1U : 0U; });
    columns.add("injected", no_unit, [](const SoakEvent& e) { return e.injected; });
    columns.add("rank", "1", [](const SoakEvent& e) { return e.rank ? std::optional<double>(*e.rank) : std::nullopt; });
    columns.add("host", no_unit, [](const SoakEvent& e) { return e.host; });
    columns.add("isolated", no_unit, [](const SoakEvent& e) { return e.isolated; });
    columns.add("notes", no_unit, [](const SoakEvent& e) { return e.notes; });
    for (std::size_t m = 0; m < moments; ++m) {
        columns.add(fmt::format("t{}_unix_s", m).c_str(), "s", [m](const SoakEvent& e) { return e.at.at(m); });
    }
    columns.add("detection_s", "s", [](const SoakEvent& e) { return e.detection_s(); });
    columns.add("restart_s", "s", [](const SoakEvent& e) { return e.restart_s(); });
    columns.add("resume_s", "s", [](const SoakEvent& e) { return e.resume_s(); });
    columns.add("recovery_s", "s", [](const SoakEvent& e) { return e.recovery_s(); });
    columns.add("steps_before", "1", [](const SoakEvent& e) { return e.steps_before; });
    columns.add("step_loaded", "1", [](const SoakEvent& e) { return real(e.step_loaded); });
    columns.add("lost_steps", "1", [](const SoakEvent& e) { return real(e.lost_steps()); });
    columns.add("lost_work_s", "s", [first_s](const SoakEvent& e) { return e.lost_work_s(first_s); });
    return {"/soak/events", "one row an event, in order; t0 to t8: see docs/how-to/run-for-days.md", columns.columns()};
}

SoakTable segments_table(std::span<const SoakSegment> segments)
{
    Columns<SoakSegment> columns(segments);
    columns.add("launched_unix_s", "s", [](const SoakSegment& s) { return s.launched_unix_s; });
    columns.add("connected_unix_s", "s", [](const SoakSegment& s) { return s.connected_unix_s; });
    columns.add("loaded_unix_s", "s", [](const SoakSegment& s) { return s.loaded_unix_s; });
    columns.add("stepped_unix_s", "s", [](const SoakSegment& s) { return s.stepped_unix_s; });
    columns.add("ended_unix_s", "s", [](const SoakSegment& s) { return s.ended_unix_s; });
    columns.add("ended_by", no_unit, [](const SoakSegment& s) { return s.ended_by; });
    columns.add("ranks", "1", [](const SoakSegment& s) { return s.ranks; });
    columns.add("nodes", "1", [](const SoakSegment& s) { return s.nodes; });
    columns.add("step_loaded", "1", [](const SoakSegment& s) { return real(s.step_loaded); });
    columns.add("last_step", "1", [](const SoakSegment& s) { return s.last_step; });
    return {"/soak/segments", "one row a launch of the job, in order", columns.columns()};
}

struct HourRow {
    Availability time;
    SoakHour work;
};

std::vector<HourRow> hour_rows(const Soak& soak)
{
    std::vector<HourRow> rows;
    for (const Availability& row : availability(soak, hour_s)) {
        const std::size_t i = rows.size();
        rows.push_back({row, i < soak.hours.size() ? soak.hours[i] : SoakHour{}});
    }
    return rows;
}

SoakTable hours_table(std::span<const HourRow> rows)
{
    Columns<HourRow> columns(rows);
    columns.add("from_unix_s", "s", [](const HourRow& r) { return r.time.from_unix_s; });
    columns.add("length_s", "s", [](const HourRow& r) { return r.time.length_s; });
    columns.add("up", "1", [](const HourRow& r) { return r.time.up; });
    columns.add("effective", "1", [](const HourRow& r) { return r.time.effective; });
    columns.add("events", "1", [](const HourRow& r) { return std::uint64_t{r.time.events}; });
    columns.add("steps", "1", [](const HourRow& r) { return r.work.steps; });
    columns.add("checkpoints", "1", [](const HourRow& r) { return r.work.checkpoints; });
    columns.add("checkpoint_s", "s", [](const HourRow& r) { return r.work.checkpoint_s; });
    return {"/soak/hours", "one row an hour from the first step on; the last one may be shorter", columns.columns()};
}

struct StepTimes {
    std::uint64_t hour = 0;
    double from_s = 0;
    std::uint64_t steps = 0;
};

SoakTable step_times_table(const Soak& soak)
{
    std::vector<StepTimes> rows;
    for (std::size_t hour = 0; hour < soak.hours.size(); ++hour) {
        for (const auto& [bin, steps] : soak.hours[hour].step_times) {
            rows.push_back({.hour = hour, .from_s = step_time_of_bin(bin), .steps = steps});
        }
    }
    Columns<StepTimes> columns(rows);
    columns.add("hour", "1", [](const StepTimes& r) { return r.hour; });
    columns.add("from_s", "s", [](const StepTimes& r) { return r.from_s; });
    columns.add("steps", "1", [](const StepTimes& r) { return r.steps; });
    return {"/soak/step_times", "histogram of step times: a row a bin of a row of hours; four bins an octave",
            columns.columns()};
}

struct SweepRow {
    std::string what;
    SweepPoint point;
};

SoakTable sweeps_table(const Soak& soak)
{
    std::vector<SweepRow> rows;
    for (const auto& [what, points] : soak.sweeps) {
        for (const SweepPoint& point : points) {
            rows.push_back({what, point});
        }
    }
    Columns<SweepRow> columns(rows);
    columns.add("what", no_unit, [](const SweepRow& r) { return r.what; });
    columns.add("unix_s", "s", [](const SweepRow& r) { return r.point.unix_s; });
    columns.add("busbw_bytes_per_s", "B/s", [](const SweepRow& r) { return r.point.bytes_per_s; });
    return {"/soak/sweeps", "one row a collective and sweep: busbw of the median of its samples", columns.columns()};
}

std::vector<SoakTable> soak_tables(const ToldSoak& told)
{
    const Soak& soak = told.soak;
    const auto hours = hour_rows(soak);
    std::vector<SoakTable> tables;
    tables.push_back(events_table(soak));
    tables.push_back(segments_table(told.segments));
    tables.push_back(hours_table(hours));
    tables.push_back(step_times_table(soak));
    tables.push_back(sweeps_table(soak));
    return tables;
}

}  // namespace

void write_soak(hdf5::Contents& file, std::string_view text, const ToldSoak& told)
{
    const std::size_t bytes = text.size();
    hdf5::write_array<std::uint8_t>(
        file, journal_path, {reinterpret_cast<const std::uint8_t*>(text.data()), bytes}, {&bytes, 1},
        {no_unit, "the soak's journal as it was, UTF-8: what all else in this group follows from"});
    for (const SoakTable& table : soak_tables(told)) {
        hdf5::write_table(file, table.path, table.columns, table.description);
    }
}

bool has_soak(hid_t file)
{
    return hdf5::exists(file, journal_path);
}

std::string read_soak_journal(hid_t file)
{
    const auto bytes = hdf5::read_array<std::uint8_t>(file, journal_path, 1);
    return {bytes.values.begin(), bytes.values.end()};
}

std::vector<Contradiction> compare_soak(hid_t file, const ToldSoak& told)
{
    std::vector<Contradiction> found;
    for (const SoakTable& table : soak_tables(told)) {
        auto more = compare_table(file, table.path, table.columns);
        found.insert(found.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
    }
    return found;
}

}  // namespace plumbline::layout
