// SPDX-License-Identifier: Apache-2.0
#include "harness/app/references.hpp"

#include "collectives/util/error.hpp"
#include "collectives/util/nearest_word.hpp"
#include "harness/app/bundled_scenarios.hpp"
#include "scenarios/yaml/reference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>
#include <string_view>
#include <system_error>
#include <utility>

namespace plumbline::app {

namespace fs = std::filesystem;

namespace {

std::vector<std::string> yaml_files_in(const std::string& folder)
{
    std::error_code error;
    std::vector<std::string> files;
    for (const auto& entry : fs::directory_iterator(folder, error)) {
        if (entry.path().extension() == ".yaml") {
            files.push_back(entry.path().string());
        }
    }
    if (error || files.empty()) {
        throw ConfigError(say("--references {}: no references there ({}). Name a folder with *.yaml files", folder,
                              error ? error.message() : "it has no *.yaml file"));
    }
    std::ranges::sort(files);
    return files;
}

}  // namespace

std::vector<PublishedValue> all_references(const std::string& folder)
{
    std::vector<std::string> files;
    std::ranges::transform(bundled_references(), std::back_inserter(files), &BundledScenario::path);
    if (!folder.empty()) {
        std::ranges::copy(yaml_files_in(folder), std::back_inserter(files));
    }
    std::vector<PublishedValue> values;
    std::map<std::string, std::string> file_of;
    for (const std::string& file : files) {
        for (PublishedValue& value : load_references(file)) {
            const auto [there, is_new] = file_of.emplace(value.name, file);
            if (!is_new) {
                throw ConfigError(
                    say("{}: reference '{}' is in {} too (a name stands for one value). Give it "
                        "another name",
                        file, value.name, there->second));
            }
            values.push_back(std::move(value));
        }
    }
    return values;
}

PublishedValue find_reference(const std::string& name, const std::string& folder)
{
    const auto values = all_references(folder);
    const auto found = std::ranges::find(values, name, &PublishedValue::name);
    if (found != values.end()) {
        return *found;
    }
    std::vector<std::string_view> names;
    std::ranges::transform(values, std::back_inserter(names), [](const auto& v) { return std::string_view(v.name); });
    throw ConfigError(say("{}: no such reference. {}", name,
                          suggest_nearest("The nearest is", name, names, "See 'plumbline list references'")));
}

}  // namespace plumbline::app
