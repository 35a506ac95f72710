#include "harness/app/shipped.hpp"

#include "collectives/error.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>

namespace plumbline::app {

namespace fs = std::filesystem;

std::vector<ShippedScenario> shipped_scenarios()
{
    std::error_code error;
    const fs::path program = fs::read_symlink("/proc/self/exe", error).parent_path();
    // Installed: <prefix>/bin and <prefix>/share; built: build/<preset>/harness in the source tree.
    const std::array<fs::path, 2> places{program.parent_path() / "share/plumbline/scenarios",
                                         program.parent_path().parent_path().parent_path() / "scenarios"};
    std::vector<ShippedScenario> found;
    for (const fs::path& place : places) {
        for (const fs::path& folder : {place, place / "library"}) {
            for (const auto& entry : fs::directory_iterator(folder, error)) {
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

std::string find_scenario(const std::string& argument)
{
    std::error_code error;
    if (fs::exists(argument, error)) {
        return argument;
    }
    for (const ShippedScenario& scenario : shipped_scenarios()) {
        if (scenario.name == argument) {
            return scenario.path;
        }
    }
    throw ConfigError(fmt::format(
        "{}: no such file, and no shipped scenario of that name. See 'plumbline list scenarios'", argument));
}

}  // namespace plumbline::app
