// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace plumbline {

/// What --force may replace: a run file with its parts, or a file without content. Throws ConfigError for anything else
/// at `path` or in the folder `parts`.
void require_replaceable_run(const std::filesystem::path& path, const std::filesystem::path& parts);

}  // namespace plumbline
