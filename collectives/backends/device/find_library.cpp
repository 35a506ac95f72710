// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/device/find_library.hpp"

#include "collectives/util/error.hpp"

#include <filesystem>
#include <optional>
#include <system_error>
#include <vector>

namespace plumbline::device {

namespace fs = std::filesystem;

namespace {

std::vector<std::string> places(std::string_view name, const std::string& beside,
                                std::span<const std::string_view> usual_folders)
{
    std::vector<std::string> all;
    std::error_code ignored;
    const auto add_if_there = [&](const fs::path& path) {
        if (fs::exists(path, ignored)) {
            all.push_back(path.string());
        }
    };
    if (beside.find('/') != std::string::npos) {
        add_if_there(fs::path(beside).parent_path() / name);
    }
    all.emplace_back(name);
    for (const std::string_view folder : usual_folders) {
        if (!folder.empty()) {
            add_if_there(fs::path(folder) / name);
        }
    }
    return all;
}

}  // namespace

DynamicLibrary open_first(std::span<const std::string_view> names, const std::string& beside,
                          std::span<const std::string_view> usual_folders)
{
    std::optional<ConfigError> first;
    for (const std::string_view name : names) {
        if (name.empty()) {
            continue;
        }
        for (const std::string& place : places(name, beside, usual_folders)) {
            try {
                return DynamicLibrary(place);
            } catch (const ConfigError& error) {
                if (!first) {
                    first = error;
                }
            }
        }
    }
    throw first.value_or(ConfigError(say("this backend has no such library")));
}

}  // namespace plumbline::device
