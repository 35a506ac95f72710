#include "harness/app/bundled_scenarios.hpp"

#include "collectives/util/error.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <filesystem>
#include <span>
#include <string_view>
#include <system_error>

namespace plumbline::app {

namespace fs = std::filesystem;

namespace {

/// Of the first place that has files in one of these folders below it.
std::vector<BundledScenario> bundled_in(std::span<const std::string_view> folders)
{
    std::error_code error;
    const fs::path program = fs::read_symlink("/proc/self/exe", error).parent_path();
    // Installed: <prefix>/bin and <prefix>/share; built: build/<preset>/harness in the source tree.
    const std::array<fs::path, 2> places{program.parent_path() / "share/plumbline/scenarios",
                                         program.parent_path().parent_path().parent_path() / "scenarios"};
    std::vector<BundledScenario> found;
    for (const fs::path& place : places) {
        for (const std::string_view folder : folders) {
            for (const auto& entry : fs::directory_iterator(place / folder, error)) {
                if (entry.path().extension() == ".yaml") {
                    found.push_back({entry.path().stem().string(), entry.path().lexically_normal().string()});
                }
            }
        }
        if (!found.empty()) {
            break;
        }
    }
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return found;
}

}  // namespace

std::vector<BundledScenario> bundled_scenarios()
{
    constexpr std::array<std::string_view, 1> folders{"library"};
    return bundled_in(folders);
}

std::vector<BundledScenario> bundled_profiles()
{
    constexpr std::array<std::string_view, 1> folders{"profiles"};
    return bundled_in(folders);
}

std::string find_profile(const std::string& argument)
{
    std::error_code error;
    if (fs::exists(argument, error)) {
        return argument;
    }
    std::string known;
    for (const BundledScenario& profile : bundled_profiles()) {
        if (profile.name == argument) {
            return profile.path;
        }
        known += (known.empty() ? "" : ", ") + profile.name;
    }
    throw ConfigError(
        fmt::format("{}: no such file, and no shipped profile of that name. There are {}", argument, known));
}

std::string find_scenario(const std::string& argument)
{
    std::error_code error;
    if (fs::exists(argument, error)) {
        return argument;
    }
    for (const BundledScenario& scenario : bundled_scenarios()) {
        if (scenario.name == argument) {
            return scenario.path;
        }
    }
    throw ConfigError(fmt::format(
        "{}: no such file, and no shipped scenario of that name. See 'plumbline list scenarios'", argument));
}

}  // namespace plumbline::app
