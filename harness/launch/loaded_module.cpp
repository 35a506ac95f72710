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

std::optional<fs::path> module_path(const std::string& name)
{
    std::error_code error;
    const fs::path program = fs::read_symlink("/proc/self/exe", error).parent_path();
    // Installed: <prefix>/bin and <prefix>/lib/plumbline; built: the build folder's modules, from the program or a
    // test.
    const std::array<fs::path, 4> places{
        program.parent_path() / PLUMBLINE_MODULE_FOLDER, program.parent_path() / "modules",
        program.parent_path().parent_path() / "modules", program.parent_path().parent_path().parent_path() / "modules"};
    for (const fs::path& place : places) {
        if (fs::path module = place / fmt::format("plumbline-{}.so", name); fs::exists(module, error)) {
            return module;
        }
    }
    return std::nullopt;
}

const BackendModule& loaded_module(const std::string& name, const std::string& library)
{
    if (!library.empty()) {
        const DynamicLibrary chosen(library);
    }
    const auto path = module_path(name);
    if (!path) {
        throw ConfigError(say(
            "this plumbline was built without it (the library's headers were not there). Install them and build again: "
            "scripts/setup"));
    }
    const DynamicLibrary module(path->string());
    const BackendModule* (*entry)() = nullptr;
    module.get("plumbline_backend_module", entry);
    return *entry();
}

}  // namespace plumbline::app
