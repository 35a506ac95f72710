// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/projection/published_endurance.hpp"
#include "results/projection/reference_tables.hpp"
#include "results/records/links.hpp"
#include "results/report/acceptance.hpp"
#include "results/verdicts/target.hpp"
#include "scenarios/model/scenario.hpp"

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace plumbline {

/// Reads a scenario. Every error is a ConfigError "FILE:LINE: key 'x' ...", with the nearest valid key.
/// `overrides`: "stop.max_seconds=1", "scale.ranks=[1,2]", "cases.0.bytes=8" applied before checking.
Scenario load_scenario(const std::filesystem::path& path, std::span<const std::string> overrides = {});
/// The same from text; `origin` is the name in messages. Files that it refers to are `files`, or else looked for in
/// the folder of `origin`.
Scenario parse_scenario(const std::string& text, const std::string& origin, std::span<const std::string> overrides = {},
                        FileTexts files = {});

/// What a document says of judging a run.
struct TargetsDocument {
    std::vector<Target> targets;
    std::optional<Links> links;   ///< nothing where it states no `links:`
    std::vector<int> lines = {};  // NOLINT(readability-redundant-member-init): of the targets in the file
    Acceptance acceptance = {};   // NOLINT(readability-redundant-member-init)
};
/// A file with `targets:`; nothing else is needed in it. Throws ConfigError.
TargetsDocument load_targets_document(const std::filesystem::path& path);
/// Its targets alone, from a file or from text of that form ("" = none).
std::vector<Target> load_targets(const std::filesystem::path& path);
std::vector<Target> parse_targets(const std::string& text, const std::string& origin);
/// Whether a document has targets or a published table, and no cases to run. Throws ConfigError where it can't be read.
bool is_profile(const std::filesystem::path& path);
/// The table that a profile holds under `published:`, named after the file. Throws ConfigError where it has none.
PublishedSeries load_published(const std::filesystem::path& path);
/// What a profile holds under `endurance:`, named after the file; nothing where it has none. Throws ConfigError.
std::optional<PublishedEndurance> load_published_endurance(const std::filesystem::path& path);
/// What a scenario states under `links:`; nothing where it states none.
std::optional<Links> parse_links(const std::string& text, const std::string& origin);

}  // namespace plumbline
