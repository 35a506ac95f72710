// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/report/acceptance.hpp"
#include "scenarios/yaml/reader.hpp"

#include <filesystem>
#include <string>

namespace plumbline {

/// The keys under `acceptance:`, all optional. Throws ConfigError.
Acceptance read_acceptance(const Field& field);
/// What a scenario or a file of targets states under `acceptance:`; empty where it states nothing.
Acceptance parse_acceptance(const std::string& text, const std::string& origin);
/// The same of a file, whose keys may also stand without `acceptance:`. Throws ConfigError.
Acceptance load_acceptance(const std::filesystem::path& path);

/// The text of a scenario without what it states under `acceptance:`.
std::string without_acceptance(const std::string& text);

}  // namespace plumbline
