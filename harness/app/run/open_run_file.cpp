// SPDX-License-Identifier: Apache-2.0
#include "harness/app/run/open_run_file.hpp"

#include "collectives/util/error.hpp"
#include "harness/app/run/resume_check.hpp"
#include "results/verdicts/scaling.hpp"

#include <fmt/format.h>
#include <filesystem>
#include <system_error>

namespace plumbline::app {

std::unique_ptr<RunWriter> open_run_file(const std::string& path, const RunMetadata& info, ExistingFile existing,
                                         const RunFileListener& listener)
{
    std::error_code ignored;  // what can't be looked at can't be written either, and that is said then
    const bool exists = std::filesystem::exists(path, ignored);
    const bool append = existing == ExistingFile::append;
    if (append && !exists) {
        throw ConfigError(
            say("'{}' can't take another launch (there is no such file). Run once without --append", path));
    }
    const WriterOptions writing{.pace = IndexPace::twentieth_of_time,
                                .scaling = scaling_table,
                                .notice = listener.notice,
                                .went_on = listener.went_on};
    if (!exists || !(append || existing == ExistingFile::resume)) {
        const IfExists if_exists = existing == ExistingFile::overwrite ? IfExists::overwrite : IfExists::refuse;
        return RunWriter::create(path, info, if_exists, writing);
    }
    const RunFile stored(path);
    if (stored.soak()) {
        throw ConfigError(
            say("{}: is the run file of a soak (plumbline endure makes it from the soak's journal). Choose another -o, "
                "or go on with the soak by plumbline endure --resume",
                path));
    }
    if (const auto why = resume_obstacle(stored.info(), info)) {
        throw ConfigError(
            say("{}: can't be resumed or added to ({}). Choose another -o, or --force to start anew", path, *why));
    }
    return append ? RunWriter::append(path, info.launches.front(), writing) : RunWriter::resume(path, writing);
}

std::vector<std::string> describe_dropped(const DroppedRounds& dropped, int first_of_launch)
{
    constexpr std::size_t few = 10;
    std::vector<std::string> lines;
    for (const auto& [key, why] : dropped) {
        if (lines.size() == few) {
            lines.push_back(fmt::format("{} more rounds can't be read either", dropped.size() - few));
            break;
        }
        const bool again = key.second >= first_of_launch;
        lines.push_back(fmt::format("round {} of case {} can't be read ({}): it is {}", key.second, key.first, why,
                                    again ? "measured again" : "left out, since its launch is over"));
    }
    return lines;
}

}  // namespace plumbline::app
