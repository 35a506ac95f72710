// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/endurance/soak.hpp"

#include <filesystem>
#include <string>

namespace plumbline {

/// FOLDER/journal.txt.
std::filesystem::path journal_of(const std::filesystem::path& folder);
/// Whether a folder is one that `endure` made.
bool is_soak(const std::filesystem::path& folder);
/// As it is, a torn tail too. Throws ConfigError where it can't be read.
std::string journal_text(const std::filesystem::path& folder);
/// What the journal of a folder says, a soak that goes on too. Throws ConfigError.
Soak load_soak(const std::filesystem::path& folder);

}  // namespace plumbline
