// SPDX-License-Identifier: Apache-2.0
#include "results/store/replaceable_run.hpp"

#include "collectives/util/error.hpp"
#include "results/store/parts_folder.hpp"
#include "results/store/store.hpp"

#include <fmt/format.h>

#include <system_error>

namespace plumbline {
namespace {

namespace fs = std::filesystem;

bool is_empty_file(const fs::path& path)
{
    std::error_code error;
    return fs::is_regular_file(fs::symlink_status(path, error)) && fs::file_size(path, error) == 0 && !error;
}

}  // namespace

void require_replaceable_run(const fs::path& path, const fs::path& parts)
{
    std::error_code ignored;
    if (fs::exists(fs::symlink_status(path, ignored)) && !is_run_file(path) && !is_empty_file(path)) {
        throw ConfigError(
            say("'{}' exists and is no run file (--force replaces nothing else). Name another "
                "file, or remove it yourself",
                path.string()));
    }
    if (const auto foreign = layout::foreign_entry(parts)) {
        throw ConfigError(
            say("'{}' is not a part of a run (only those are removed from '{}'). Move it away, or "
                "name another file",
                foreign->string(), parts.string()));
    }
}

}  // namespace plumbline
