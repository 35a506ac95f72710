// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace plumbline::report {

/// SHA-256 as 64 lower-case hexadecimal digits (FIPS 180-4): names a file on paper, proves nothing about its author.
std::string sha256(std::string_view data);
/// The same of a file's content, read in pieces. Throws ConfigError when it can't be read.
std::string sha256_of_file(const std::filesystem::path& path);

}  // namespace plumbline::report
