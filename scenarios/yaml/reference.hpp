// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/references/published_value.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace plumbline {

/// The rows of a file of published values (`references:`), see docs/reference/references.md. Throws ConfigError for
/// what is missing (a source always is asked for) or can't be, naming file, line and key.
std::vector<PublishedValue> load_references(const std::filesystem::path& path);
/// The same from text; `origin` is the name in messages.
std::vector<PublishedValue> parse_references(const std::string& text, const std::string& origin);

}  // namespace plumbline
