// SPDX-License-Identifier: Apache-2.0
#include "harness/app/run/open_run_file.hpp"

#include "collectives/util/error.hpp"
#include "harness/app/run/resume_check.hpp"
#include "results/verdicts/scaling.hpp"

#include <fmt/format.h>
#include <filesystem>
#include <system_error>

namespace plumbline::app {

std::unique_ptr<RunWriter> open_run_file(const std::string& path, const RunMetadata& info, ExistingFile existing)
{
    std::error_code ignored;  // a path that can't be looked at can't be written either, and that is said
    const bool exists = std::filesystem::exists(path, ignored);
    const bool append = existing == ExistingFile::append;
    if (append && !exists) {
        throw ConfigError(
            fmt::format("'{}' can't take another launch (there is no such file). Run once without --append", path));
    }
    const WriterOptions writing{.pace = IndexPace::twentieth_of_time, .scaling = scaling_table};
    if (!exists || !(append || existing == ExistingFile::resume)) {
        const IfExists if_exists = existing == ExistingFile::overwrite ? IfExists::overwrite : IfExists::refuse;
        return RunWriter::create(path, info, if_exists, writing);
    }
    if (const auto why = resume_obstacle(RunFile(path).info(), info)) {
        throw ConfigError(fmt::format(
            "{}: can't be resumed or added to ({}). Choose another -o, or --force to start anew", path, *why));
    }
    return append ? RunWriter::append(path, info.launches.front(), writing) : RunWriter::resume(path, writing);
}

}  // namespace plumbline::app
