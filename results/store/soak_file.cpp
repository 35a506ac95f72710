// SPDX-License-Identifier: Apache-2.0
#include "results/store/soak_file.hpp"

#include "collectives/util/error.hpp"
#include "results/endurance/told_soak.hpp"
#include "results/records/codec.hpp"
#include "results/records/round.hpp"
#include "results/statistics/statistics.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <sstream>
#include <system_error>
#include <utility>

namespace plumbline {

namespace {

/// busbw -> time of the call; nothing where the case has none.
std::optional<double> time_of_bandwidth(const CaseHeader& header, double bytes_per_s)
{
    return header.bus_factor && bytes_per_s > 0
               ? std::optional(static_cast<double>(header.total_bytes) * *header.bus_factor / bytes_per_s)
               : std::nullopt;
}

RunMetadata metadata_of(const Soak& soak, std::span<const SoakSegment> segments)
{
    RunMetadata info;
    info.plumbline_version = soak.version;
    info.name = soak.settings.name;
    info.scenario_text = soak.settings.scenario_text;
    info.scenario_path = soak.settings.scenario;
    info.targets_text = soak.settings.targets_text;
    info.started_unix_s = soak.begun_unix_s;
    info.ranks = std::max(soak.ranks, 1);
    info.confidence = soak.settings.confidence;
    info.backend = soak.backend;
    info.fake_library = soak.fake_library;
    info.clock = "system clock of the supervisor's host (events), monotonic clock of each rank (sweeps)";
    info.synchronisation = "";
    std::istringstream hosts(soak.hosts);
    for (std::string host; hosts >> host;) {
        info.hosts.push_back(host);
    }
    for (const SoakSegment& segment : segments) {
        info.launches.push_back({.started_unix_s = segment.launched_unix_s});
    }
    info.resumptions = static_cast<int>(std::ranges::count_if(soak.events, [](const SoakEvent& event) {
        return event.cause == Cause::supervisor_died || event.cause == Cause::paused;
    }));
    info.facts = {{"soak", soak.settings.id}, {"workload", soak.settings.workload}};
    return info;
}

/// Throws ConfigError where something else than this soak's run file lies there.
void require_same_soak(const std::filesystem::path& path, const Soak& soak)
{
    std::error_code ignored;
    if (!std::filesystem::exists(std::filesystem::symlink_status(path, ignored))) {
        return;
    }
    const bool own = is_run_file(path) && [&] {
        try {
            const RunFile file(path);
            return file.soak() != nullptr && file.soak()->settings.id == soak.settings.id;
        } catch (const ConfigError&) {
            return false;
        }
    }();
    if (!own) {
        throw ConfigError(
            say("{} is not the run file of this soak (something else lies there, or it was altered). Move it away",
                path.string()));
    }
}

}  // namespace

std::vector<CaseHeader> swept_cases(const Soak& soak)
{
    std::vector<CaseHeader> cases;
    for (const auto& [what, points] : soak.sweeps) {
        const auto told = soak.swept.find(what);
        if (told == soak.swept.end()) {
            continue;
        }
        try {
            CaseHeader header = header_from(nlohmann::json::parse(told->second));
            std::vector<double> bandwidths;
            for (const SweepPoint& point : points) {
                bandwidths.push_back(point.bytes_per_s);
            }
            const auto time = time_of_bandwidth(header, median(bandwidths).value_or(0));
            if (!time) {
                continue;
            }
            header.id = static_cast<int>(cases.size());
            header.reported = ImportedValue{
                .time_s = *time,
                .estimator = fmt::format("median of {} sweeps of the soak, each the median of the slowest rank's times",
                                         points.size())};
            cases.push_back(std::move(header));
        } catch (const std::exception& error) {
            throw ConfigError(
                say("the journal tells a case of its sweeps wrong ({}). Take another copy of it", error.what()));
        }
    }
    return cases;
}

void write_soak_file(const std::filesystem::path& path, std::string_view journal, WriterOptions options)
{
    const ToldSoak told = told_soak(journal, path.string());
    options.soak_journal = journal.substr(0, told.extent.whole_bytes);
    require_same_soak(path, told.soak);
    const std::vector<CaseHeader> cases = swept_cases(told.soak);
    RunMetadata info = metadata_of(told.soak, told.segments);
    info.planned_cases = static_cast<int>(cases.size());
    write_run(path, info, cases, std::vector<Round>(cases.size()), IfExists::overwrite, options);
}

}  // namespace plumbline
