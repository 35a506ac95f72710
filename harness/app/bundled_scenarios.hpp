#pragma once

#include <string>
#include <vector>

namespace plumbline::app {

struct BundledScenario {
    std::string name;
    std::string path;
};

/// The scenarios that came with this program, by name: those installed beside it, or else the source tree's.
std::vector<BundledScenario> bundled_scenarios();

/// `argument` itself if there is such a file, else the shipped scenario of that name. Throws ConfigError naming both.
std::string find_scenario(const std::string& argument);

/// The profiles, as the scenarios.
std::vector<BundledScenario> bundled_profiles();

/// `argument` itself if there is such a file, else the shipped profile of that name. Throws ConfigError naming all
/// that there are.
std::string find_profile(const std::string& argument);

}  // namespace plumbline::app
