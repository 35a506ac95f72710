// SPDX-License-Identifier: Apache-2.0
#include "harness/launch/loaded_module.hpp"

#include "collectives/util/dynamic_library.hpp"
#include "collectives/util/error.hpp"

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <system_error>

namespace plumbline::app {

namespace fs = std::filesystem;

namespace {

/// Throws ConfigError.
fs::path find_module(const std::string& name)
{
    std::error_code error;
    const fs::path program = fs::read_symlink("/proc/self/exe", error).parent_path();
    // Installed: <prefix>/bin and <prefix>/lib/plumbline; built: the build folder's modules, from the program or a
    // test.
    const std::array<fs::path, 3> places{program.parent_path() / PLUMBLINE_MODULE_FOLDER,
                                         program.parent_path() / "modules",
                                         program.parent_path().parent_path() / "modules"};
    for (const fs::path& place : places) {
        if (fs::path module = place / fmt::format("plumbline-{}.so", name); fs::exists(module, error)) {
            return module;
        }
    }
    throw ConfigError(
        fmt::format("this plumbline was built without it (the library's headers were not there). Install "
                    "them and build again: scripts/setup"));
}

}  // namespace

const BackendModule& loaded_module(const std::string& name, const std::string& library)
{
    if (!library.empty()) {
        const DynamicLibrary chosen(library);
    }
    const DynamicLibrary module(find_module(name).string());
    const BackendModule* (*entry)() = nullptr;
    module.get("plumbline_backend_module", entry);
    return *entry();
}

}  // namespace plumbline::app
