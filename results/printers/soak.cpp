// SPDX-License-Identifier: Apache-2.0
#include "results/printers/soak.hpp"

#include "results/endurance/endurance.hpp"
#include "results/endurance/soak_json.hpp"
#include "results/endurance/soak_text.hpp"
#include "results/statistics/failure_rates.hpp"
#include "results/util/text.hpp"

#include <fmt/format.h>

#include <cmath>
#include <optional>
#include <string>

namespace plumbline {

namespace {

std::string time_or_dash(std::optional<double> seconds)
{
    return seconds ? duration_text(*seconds) : "-";
}

std::string percent(double share)
{
    return fmt::format("{:.2f} %", 100 * share);
}

std::string state_of(const Soak& soak)
{
    if (!soak.end) {
        return soak.open() ? "recovering" : "going on";
    }
    return fmt::format("{}: {}", soak.end->gave_up ? "gave up" : soak.end->paused ? "paused" : "over", soak.end->why);
}

void events_table(std::ostream& out, const Soak& soak)
{
    text::Table table({{"#", text::Align::right},
                       {"after", text::Align::right},
                       {"cause"},
                       {"detected", text::Align::right},
                       {"restarted", text::Align::right},
                       {"resumed", text::Align::right},
                       {"recovered", text::Align::right},
                       {"steps lost", text::Align::right},
                       {"what"}});
    std::size_t number = 0;
    for (const SoakEvent& event : soak.events) {
        const auto lost = event.lost_steps();
        const std::string injected = event.injected.empty() ? "" : fmt::format("injected {}: ", event.injected);
        table.add({fmt::format("{}", ++number),
                   duration_text(event.moment(Moment::fault).value_or(0) - soak.first_step_unix_s.value_or(0)),
                   std::string(name(event.cause)), time_or_dash(event.detection_s()), time_or_dash(event.restart_s()),
                   time_or_dash(event.resume_s()), time_or_dash(event.recovery_s()),
                   lost ? fmt::format("{}", *lost) : "-", injected + text::printable(event.what)});
    }
    out << table.str();
}

}  // namespace

void show_soak_text(std::ostream& out, const Soak& soak)
{
    const TimeSpent spent = time_spent(soak);
    out << fmt::format("soak {} ({}), {} on {}\n", text::printable(soak.settings.name), text::printable(state_of(soak)),
                       text::rank_count(soak.ranks), text::pluralize(static_cast<std::size_t>(soak.nodes), "host"));
    out << fmt::format("  time            {} of {}, {} launches\n", duration_text(spent.wall_s),
                       duration_text(soak.settings.planned_s), soak.segments);
    out << fmt::format("  steps           {}, data verified {}\n", soak.most_steps,
                       text::pluralize(soak.verified, "time"));
    if (const auto ratio = spent.effective_ratio()) {
        out << fmt::format("  effective time  {}: {} lost by interruptions ({} without steps), {} writing {}\n",
                           percent(*ratio), duration_text(spent.lost_s), duration_text(spent.down_s),
                           duration_text(spent.checkpoint_s), text::pluralize(soak.checkpoints, "checkpoint"));
    }
    const std::size_t unplanned = interruptions(soak);
    out << fmt::format("  interruptions   {} that nobody meant, {} recoveries of all\n", unplanned, soak.recoveries());
    if (spent.wall_s > 0) {
        const Interval mtbf = mtbf_interval(spent.wall_s, unplanned, soak.settings.confidence);
        out << fmt::format("  MTBF            [{}, {}] at {:g} %\n", duration_text(mtbf.low),
                           std::isfinite(mtbf.high) ? duration_text(mtbf.high) : "no limit",
                           100 * soak.settings.confidence);
    }
    for (const BandwidthTrend& trend : bandwidth_trends(soak)) {
        out << fmt::format("  sweeps          {}: {} GB/s, {}\n", text::printable(trend.what),
                           fmt::format("{:.3g}", soak.sweeps.at(trend.what).back().bytes_per_s / 1e9),
                           trend.changes.empty() ? "no change" : text::pluralize(trend.changes.size(), "change point"));
    }
    if (!soak.events.empty()) {
        out << '\n';
        events_table(out, soak);
    }
}

std::string soak_prometheus_of(const Soak& soak)
{
    return soak_prometheus(soak, false);
}

void show_soak_json(std::ostream& out, const Soak& soak)
{
    out << soak_json(soak).dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << '\n';
}

void show_soak_csv(std::ostream& out, const Soak& soak)
{
    out << "event,cause,injected,rank,host";
    for (std::size_t m = 0; m < moments; ++m) {
        out << fmt::format(",t{}_unix_s", m);
    }
    out << ",detection_s,restart_s,resume_s,recovery_s,lost_steps,lost_work_s\n";
    const auto number = [](std::optional<double> value) { return value ? fmt::format("{:.6f}", *value) : ""; };
    std::size_t index = 0;
    for (const SoakEvent& event : soak.events) {
        out << fmt::format("{},{},{},{},{}", ++index, name(event.cause), event.injected,
                           event.rank ? fmt::format("{}", *event.rank) : "", text::printable(event.host));
        for (const auto& at : event.at) {
            out << ',' << number(at);
        }
        const auto lost = event.lost_steps();
        out << fmt::format(",{},{},{},{},{},{}\n", number(event.detection_s()), number(event.restart_s()),
                           number(event.resume_s()), number(event.recovery_s()), lost ? fmt::format("{}", *lost) : "",
                           number(event.lost_work_s(soak.first_step_unix_s.value_or(0))));
    }
}

}  // namespace plumbline
