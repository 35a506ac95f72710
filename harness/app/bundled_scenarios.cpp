// SPDX-License-Identifier: Apache-2.0
#include "harness/app/bundled_scenarios.hpp"

#include "collectives/util/error.hpp"
#include "collectives/util/nearest_word.hpp"
#include "scenarios/yaml/tree.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <optional>
#include <span>
#include <sstream>
#include <string_view>
#include <system_error>
#include <utility>

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

/// `argument` as a file, or the path of the one of `shipped` with that name.
std::optional<std::string> file_or_shipped(const std::string& argument, std::span<const BundledScenario> shipped)
{
    std::error_code error;
    if (fs::exists(argument, error)) {
        return argument;
    }
    const auto found = std::ranges::find(shipped, argument, &BundledScenario::name);
    return found == shipped.end() ? std::nullopt : std::optional(found->path);
}

/// "The nearest is 'quickstart'", or `otherwise`.
std::string suggestion(const std::string& argument, std::span<const BundledScenario> shipped,
                       std::string_view otherwise)
{
    std::vector<std::string_view> names;
    std::ranges::transform(shipped, std::back_inserter(names), &BundledScenario::name);
    return suggest_nearest("The nearest is", argument, names, otherwise);
}

/// The comment that a file begins with, as one line.
std::string leading_comment(const std::string& yaml)
{
    std::istringstream lines(yaml);
    std::string comment;
    for (std::string line; std::getline(lines, line) && line.starts_with('#');) {
        comment += (comment.empty() ? "" : " ") + line.substr(std::min(line.find_first_not_of("# "), line.size()));
    }
    return comment;
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

std::vector<BundledScenario> bundled_references()
{
    constexpr std::array<std::string_view, 1> folders{"references"};
    return bundled_in(folders);
}

std::string find_profile(const std::string& argument)
{
    const auto shipped = bundled_profiles();
    if (auto path = file_or_shipped(argument, shipped)) {
        return *path;
    }
    std::vector<std::string_view> names;
    std::ranges::transform(shipped, std::back_inserter(names), &BundledScenario::name);
    throw ConfigError(say("{}: no such file, and no shipped profile of that name (there are {}). {}", argument,
                          fmt::join(names, ", "), suggestion(argument, shipped, "Name one of them, or a file")));
}

std::string find_scenario(const std::string& argument)
{
    const auto shipped = bundled_scenarios();
    if (auto path = file_or_shipped(argument, shipped)) {
        return *path;
    }
    throw ConfigError(say("{}: no such file, and no shipped scenario of that name. {}", argument,
                          suggestion(argument, shipped, "See 'plumbline list scenarios'")));
}

std::string find_scenario_or_profile(const std::string& argument)
{
    auto shipped = bundled_scenarios();
    for (BundledScenario& profile : bundled_profiles()) {
        shipped.push_back(std::move(profile));
    }
    if (auto path = file_or_shipped(argument, shipped)) {
        return *path;
    }
    throw ConfigError(
        say("{}: no such file, and no shipped scenario or profile of that name. {}", argument,
            suggestion(argument, shipped, "See 'plumbline list scenarios' and 'plumbline list profiles'")));
}

std::string description_of(const std::string& yaml)
{
    const YamlNode root = parse_yaml(yaml, "description");
    const YamlNode* stated = root.find("description");
    if (stated != nullptr && stated->kind == YamlNode::Kind::scalar) {
        return stated->text;
    }
    const std::string comment = leading_comment(yaml);
    const std::size_t begin = comment.find("Shows ");
    if (begin == std::string::npos) {
        return "";
    }
    // A stop within a number or a file's name ends no sentence.
    const std::size_t end = std::min({comment.find(". ", begin), comment.find("; ", begin), comment.size()});
    std::string sentence = comment.substr(begin, end - begin);
    while (sentence.ends_with('.')) {
        sentence.pop_back();
    }
    return sentence;
}

}  // namespace plumbline::app
