// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace plumbline::app {

struct BundledScenario {
    std::string name;
    std::string path;
};

/// The scenarios that came with this program, by name: those installed beside it, or else the source tree's.
std::vector<BundledScenario> bundled_scenarios();

/// `argument` itself if there is such a file, else the shipped scenario of that name. Throws ConfigError with the
/// nearest name.
std::string find_scenario(const std::string& argument);

/// The profiles, as the scenarios.
std::vector<BundledScenario> bundled_profiles();

/// The files of published values, as the scenarios.
std::vector<BundledScenario> bundled_references();

/// `argument` itself if there is such a file, else the shipped profile of that name. Throws ConfigError naming all
/// that there are.
std::string find_profile(const std::string& argument);

/// As find_scenario(), of shipped scenarios and profiles.
std::string find_scenario_or_profile(const std::string& argument);

/// What a scenario or a profile says that it is for, in one line without a stop at its end: its key `description`, or
/// the sentence of its leading comment that begins with "Shows"; "" where it has neither. Throws ConfigError for what
/// is no YAML.
std::string description_of(const std::string& yaml);

}  // namespace plumbline::app
