// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

namespace plumbline {

/// The first line of a file of /proc or /sys, without blanks at its end; "" where it can't be read.
std::string first_line_of(const std::filesystem::path& file);

}  // namespace plumbline
