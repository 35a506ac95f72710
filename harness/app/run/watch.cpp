// SPDX-License-Identifier: Apache-2.0
#include "harness/app/run/watch.hpp"

#include "collectives/util/error.hpp"
#include "collectives/util/units.hpp"
#include "results/files/writer_lock.hpp"
#include "results/printers/log.hpp"
#include "results/util/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <optional>
#include <span>
#include <sstream>
#include <utility>
#include <vector>

namespace plumbline::app {

namespace {

std::vector<std::string> names_of(const LaunchTopology& whereabouts)
{
    std::vector<std::string> names;
    for (const RankLocation& place : whereabouts.places) {
        names.push_back(
            fmt::format("rank {} ({})", place.rank, whereabouts.hosts.at(static_cast<std::size_t>(place.node))));
    }
    return names;
}

/// A JSON object for each line.
std::string as_objects(const std::string& text)
{
    const double now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
    std::string objects;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        objects += line.empty() ? "" : log_message(now, line) + "\n";
    }
    return objects;
}

/// From the watchdog's thread, right before the end: no stream that others may be using.
void print(const HangReport& report, const std::string& path, bool json, Language language)
{
    std::string text = fmt::format("\nplumbline: {}\n", in(language, report.sentence));
    for (const std::string& line : report.dump) {
        text += "  " + in(language, line) + "\n";
    }
    if (!path.empty()) {
        text += fmt::format("  {}\n", in(language, say("finished cases are kept in {}; continue with --resume", path)));
    }
    text = text::printable_lines(text);
    if (json) {
        text = as_objects(text);
    }
    std::fwrite(text.data(), 1, text.size(), stderr);
    std::fflush(stderr);
    if (path.empty()) {
        return;
    }
    files::release_own_lock(path);  // what comes next ends the launch without unwinding
}

/// One line, whatever their number.
void warn_of(const std::vector<std::string>& unwatched, Language language)
{
    if (unwatched.empty()) {
        return;
    }
    constexpr std::size_t few = 8;
    const auto shown = std::span(unwatched).first(std::min(few, unwatched.size()));
    const Sentence names = fmt::format("{}", fmt::join(shown, ", "));
    const Sentence warning =
        say("{} can't be watched (no connection to the rank above, over which rank 0 hears of them): a hang there is "
            "not told. See 'plumbline doctor' for ports that are closed",
            unwatched.size() > few ? say("{} and {} more", names, unwatched.size() - few) : names);
    fmt::print(stderr, "plumbline: {}\n", text::printable(in(language, say("warning: {}", warning))));
}

}  // namespace

std::optional<double> hang_bound_s(const std::string& hang_after)
{
    if (hang_after == "never") {
        return std::nullopt;
    }
    const auto bound_s = parse_seconds(hang_after);
    if (!bound_s || *bound_s < 1) {
        throw ConfigError(
            say("--hang-after '{}' is not a time of at least a second. Write for example 60s, or never", hang_after));
    }
    return bound_s;
}

std::unique_ptr<Watchdog> watch(const Launched& launched, const Plan& plan, const RankStatus& status,
                                const WatchOptions& options)
{
    const auto bound_s = hang_bound_s(options.hang_after);
    if (!bound_s || launched.backend.info().kind == LibraryKind::simulated || launched.world.size() == 1) {
        return nullptr;
    }
    WatchdogSettings settings;
    settings.bound_s = *bound_s;
    settings.node_of_rank = launched.whereabouts.topology.node_of_rank;
    settings.names = names_of(launched.whereabouts);
    settings.work = [&plan](std::uint32_t position) {
        return position < plan.order.size() ? describe(plan.cases[plan.order[position].case_index].what)
                                            : std::string("the plan");
    };
    settings.report = [path = options.path, json = options.log_json, language = options.language,
                       also = options.also](const HangReport& report) {
        print(report, path, json, language);
        if (also) {
            also(report);
        }
    };
    auto watchdog = std::make_unique<Watchdog>(launched.world, status, std::move(settings));
    warn_of(watchdog->unwatched(), options.language);
    return watchdog;
}

}  // namespace plumbline::app
