// SPDX-License-Identifier: Apache-2.0
#include "results/endurance/soak_text.hpp"

#include "results/endurance/endurance.hpp"
#include "results/util/text.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <optional>

namespace plumbline {

namespace {

struct Unit {
    double seconds;
    const char* name;
};

/// Of the newest interruption.
std::string phase_text(const Soak& soak, Moment from, Moment to)
{
    for (auto event = soak.events.rbegin(); event != soak.events.rend(); ++event) {
        if (event->interrupts()) {
            const auto took = event->between(from, to);
            return took ? duration_text(*took) : "?";
        }
    }
    return "?";
}

/// A label's value in Prometheus' text format.
std::string label(std::string_view raw)
{
    std::string text;
    for (const char c : text::printable(raw)) {
        text += c == '\\' ? "\\\\" : c == '"' ? "\\\"" : std::string(1, c);
    }
    return text;
}

class Metrics {
public:
    explicit Metrics(std::string labels) : labels_(std::move(labels)) {}
    void add(const char* name, const char* type, const char* help, double value, const std::string& more = "")
    {
        if (last_ != name) {
            text_ += fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n", name, help, type);
            last_ = name;
        }
        text_ += fmt::format("{}{{{}{}}} {}\n", name, labels_, more, value);
    }
    const std::string& text() const { return text_; }

private:
    std::string labels_;
    std::string last_;
    std::string text_;
};

}  // namespace

std::string duration_text(double seconds)
{
    constexpr std::array units{Unit{86'400, "d"}, Unit{3600, "h"}, Unit{60, "min"}};
    for (const Unit& unit : units) {
        if (std::abs(seconds) >= (unit.seconds > 60 ? 2 * unit.seconds : 3 * unit.seconds) * 0.9995) {
            const double value = seconds / unit.seconds;
            const int decimals = std::abs(value) >= 99.95 ? 0 : std::abs(value) >= 9.995 ? 1 : 2;
            return fmt::format("{:.{}f} {}", value, decimals, unit.name);
        }
    }
    const int decimals = std::abs(seconds) >= 99.95 ? 0 : std::abs(seconds) >= 9.995 ? 1 : 2;
    return fmt::format("{:.{}f} s", seconds, decimals);
}

std::string soak_line(const JournalRecord& record, const Soak& soak)
{
    const auto& kind = record.kind;
    if (kind == "segment") {
        return fmt::format("launch {}", soak.segments);
    }
    if (kind == "connected") {
        return fmt::format("{} on {} are connected: {}", text::rank_count(soak.ranks),
                           text::pluralize(static_cast<std::size_t>(soak.nodes), "host"),
                           text::printable(record.text("workload")));
    }
    if (kind == "loaded") {
        const std::string notes = record.text("notes");
        return fmt::format("{}{}",
                           record.fields.contains("written_unix_s")
                               ? fmt::format("goes on from the checkpoint of step {}", record.count("step"))
                               : "begins with step 0",
                           notes.empty() ? "" : fmt::format(" ({})", text::printable(notes)));
    }
    if (kind == "declared") {
        return fmt::format(
            "{} at step {}: {}{}", record.text("cause"), record.count("step"), text::printable(record.text("what")),
            record.fields.contains("injected") ? fmt::format(" (injected: {})", record.text("injected")) : "");
    }
    if (kind == "isolated" && record.fields.contains("host")) {
        return fmt::format("goes on without {}", text::printable(record.text("host")));
    }
    if (kind == "regained") {
        return fmt::format("step {} is new: recovered in {}", record.count("step"),
                           phase_text(soak, Moment::fault, Moment::regained));
    }
    if (kind == "checkpoint_again") {
        return "checkpoints can be written again";
    }
    if (kind == "injected") {
        return fmt::format("injects {}", record.text("fault"));
    }
    if (kind == "end") {
        return fmt::format("{} after {}: {}", soak.end && soak.end->gave_up ? "gives up" : "ends",
                           duration_text(soak.wall_s()), text::printable(record.text("why")));
    }
    return "";
}

std::string soak_prometheus(const Soak& soak, bool running)
{
    const TimeSpent spent = time_spent(soak);
    Metrics metrics(fmt::format("soak=\"{}\"", label(soak.settings.name)));
    metrics.add("plumbline_up", "gauge", "Whether ranks make steps.", running ? 1 : 0);
    metrics.add("plumbline_step", "gauge", "Steps done.", static_cast<double>(soak.steps));
    metrics.add("plumbline_ranks", "gauge", "Ranks of the job.", soak.ranks);
    metrics.add("plumbline_launches_total", "counter", "Launches of the job.", static_cast<double>(soak.segments));
    std::array<std::size_t, 9> by_cause{};
    std::size_t injected = 0;
    for (const SoakEvent& event : soak.events) {
        if (event.unplanned()) {
            ++by_cause.at(static_cast<std::size_t>(event.cause));
        }
        injected += event.interrupts() && !event.injected.empty() ? 1U : 0U;
    }
    metrics.add("plumbline_interruptions_total", "counter", "Interruptions that nobody meant.",
                static_cast<double>(interruptions(soak)));
    for (std::size_t cause = 0; cause < by_cause.size(); ++cause) {
        if (by_cause.at(cause) > 0) {
            metrics.add("plumbline_interruptions_by_cause_total", "counter", "The same by their cause.",
                        static_cast<double>(by_cause.at(cause)),
                        fmt::format(",cause=\"{}\"", name(static_cast<Cause>(cause))));
        }
    }
    metrics.add("plumbline_injected_interruptions_total", "counter", "Interruptions by faults that were injected.",
                static_cast<double>(injected));
    metrics.add("plumbline_recoveries_total", "counter", "Interruptions that were recovered from.",
                static_cast<double>(soak.recoveries()));
    metrics.add("plumbline_wrong_data_total", "counter", "Times that data was wrong.",
                static_cast<double>(wrong_data_events(soak)));
    metrics.add("plumbline_checkpoints_total", "counter", "Checkpoints written.",
                static_cast<double>(soak.checkpoints));
    metrics.add("plumbline_checkpoint_seconds_total", "counter", "Time that writing them took.", soak.checkpoint_s);
    metrics.add("plumbline_wall_seconds", "gauge", "Time since the first step.", spent.wall_s);
    metrics.add("plumbline_down_seconds_total", "counter", "Time without steps.", spent.down_s);
    if (const auto ratio = spent.effective_ratio()) {
        metrics.add("plumbline_effective_time_ratio", "gauge", "Share of the time that new steps came of.", *ratio);
    }
    for (const auto& [what, points] : soak.sweeps) {
        metrics.add("plumbline_sweep_busbw_bytes_per_second", "gauge", "Bus bandwidth in the last sweep.",
                    points.back().bytes_per_s, fmt::format(",case=\"{}\"", label(what)));
    }
    return metrics.text();
}

}  // namespace plumbline
