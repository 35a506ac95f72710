// SPDX-License-Identifier: Apache-2.0
#include "results/printers/soak.hpp"

#include "results/endurance/endurance.hpp"
#include "results/endurance/soak_json.hpp"
#include "results/endurance/soak_text.hpp"
#include "results/statistics/failure_rates.hpp"
#include "results/util/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

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

Sentence state_of(const Soak& soak)
{
    if (!soak.end) {
        return soak.open() ? say("recovering") : say("going on");
    }
    const Sentence state = soak.end->gave_up ? say("gave up") : soak.end->paused ? say("paused") : say("over");
    return say("{}: {}", state, recognised(soak.end->why));
}

void events_table(std::ostream& out, const Soak& soak, Language language)
{
    const auto title = [&](std::string_view name) { return in(language, word(name)); };
    text::Table table({{"#", text::Align::right},
                       {title("after"), text::Align::right},
                       {title("cause")},
                       {title("detected"), text::Align::right},
                       {title("restarted"), text::Align::right},
                       {title("resumed"), text::Align::right},
                       {title("recovered"), text::Align::right},
                       {title("steps lost"), text::Align::right},
                       {title("what")}});
    std::size_t number = 0;
    for (const SoakEvent& event : soak.events) {
        const auto lost = event.lost_steps();
        const std::string injected =
            event.injected.empty() ? "" : in(language, say("injected {}:", word(event.injected))) + " ";
        table.add({fmt::format("{}", ++number),
                   duration_text(event.moment(Moment::fault).value_or(0) - soak.first_step_unix_s.value_or(0)),
                   title(name(event.cause)), time_or_dash(event.detection_s()), time_or_dash(event.restart_s()),
                   time_or_dash(event.resume_s()), time_or_dash(event.recovery_s()),
                   lost ? fmt::format("{}", *lost) : "-",
                   injected + text::printable(in(language, recognised(event.what)))});
    }
    out << table.str();
}

}  // namespace

void show_soak_text(std::ostream& out, const Soak& soak, Language language)
{
    const auto counted = [](std::size_t count, std::string_view one, std::string_view many) {
        return count_said(static_cast<long long>(count), one, many);
    };
    const auto row = [&](std::string_view label, const Sentence& sentence) {
        constexpr std::size_t columns = 16;
        const std::string name = in(language, word(label));
        out << "  " << name << std::string(columns - std::min(columns - 1, text::width(name)), ' ')
            << text::printable(in(language, sentence)) << '\n';
    };
    const TimeSpent spent = time_spent(soak);
    out << text::printable(
               in(language, say("soak {} ({}), {} on {}", soak.settings.name, state_of(soak), ranks_said(soak.ranks),
                                counted(static_cast<std::size_t>(soak.nodes), "{} host", "{} hosts"))))
        << '\n';
    row("time", say("{} of {}, {} launches", duration_text(spent.wall_s), duration_text(soak.settings.planned_s),
                    soak.segments));
    row("steps", say("{}, data verified {}", soak.most_steps,
                     counted(static_cast<std::size_t>(soak.verified), "{} time", "{} times")));
    if (const auto ratio = spent.effective_ratio()) {
        row("effective time",
            say("{}: {} lost by interruptions ({} without steps), {} writing {}", percent(*ratio),
                duration_text(spent.lost_s), duration_text(spent.down_s), duration_text(spent.checkpoint_s),
                counted(static_cast<std::size_t>(soak.checkpoints), "{} checkpoint", "{} checkpoints")));
    }
    const std::size_t unplanned = interruptions(soak);
    row("interruptions", say("{} that nobody meant, {} recoveries of all", unplanned, soak.recoveries()));
    if (spent.wall_s > 0) {
        const Interval mtbf = mtbf_interval(spent.wall_s, unplanned, soak.settings.confidence);
        row("MTBF", say("[{}, {}] at {:g} %", duration_text(mtbf.low),
                        std::isfinite(mtbf.high) ? Sentence(duration_text(mtbf.high)) : say("no limit"),
                        100 * soak.settings.confidence));
    }
    for (const BandwidthTrend& trend : bandwidth_trends(soak)) {
        row("sweeps",
            say("{}: {:.3g} GB/s, {}", recognised(trend.what), soak.sweeps.at(trend.what).back().bytes_per_s / 1e9,
                trend.changes.empty() ? say("no change")
                                      : counted(trend.changes.size(), "{} change point", "{} change points")));
    }
    if (!soak.events.empty()) {
        out << '\n';
        events_table(out, soak, language);
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
