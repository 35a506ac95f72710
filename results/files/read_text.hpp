// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace plumbline::files {

/// The content of a regular file, which is looked at before it is opened: a pipe would wait for ever, and a file that
/// is larger than `most_bytes` isn't read. Throws ConfigError; `suggestion`: its last sentence.
std::string read_text(const std::filesystem::path& path, std::uintmax_t most_bytes, std::string_view suggestion);

}  // namespace plumbline::files
