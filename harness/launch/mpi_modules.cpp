// SPDX-License-Identifier: Apache-2.0
#include "harness/launch/mpi_modules.hpp"

#include "collectives/util/dynamic_library.hpp"
#include "collectives/util/error.hpp"
#include "harness/launch/loaded_module.hpp"

#include <dlfcn.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>
#include <filesystem>
#include <optional>
#include <string_view>

namespace plumbline::app {

namespace {

/// Throws ConfigError.
const MpiModule& open_module(const std::string& path)
{
    const DynamicLibrary library(path);
    const MpiModule* (*entry)() = nullptr;
    library.get("plumbline_mpi_module", entry);
    const MpiModule& module = *entry();
    if (module.program_version != std::string_view(PLUMBLINE_VERSION)) {
        throw ConfigError(
            say("{} belongs to plumbline {} and this is {}. Build it with this one: "
                "scripts/build-mpi-module",
                path, module.program_version, PLUMBLINE_VERSION));
    }
    return module;
}

/// An error's problem and why, without its folder and without its suggestion: several of them share one.
std::string short_reason(std::string text, const std::filesystem::path& module)
{
    if (const auto suggestion = text.rfind("). "); suggestion != std::string::npos) {
        text.erase(suggestion + 1);
    }
    if (const std::string folder = module.parent_path().string() + "/"; text.starts_with(folder)) {
        text.erase(0, folder.size());
    }
    return text;
}

}  // namespace

const MpiModule& mpi_module(const std::string& path, const Variables& get)
{
    if (!path.empty()) {
        return open_module(std::filesystem::absolute(path).string());
    }
    std::string reasons;
    for (const std::string& flavour : mpi_flavours(get)) {
        const auto found = module_path("mpi-" + flavour);
        if (!found) {
            continue;
        }
        try {
            return open_module(found->string());
        } catch (const ConfigError& error) {
            reasons += fmt::format("{}{}", reasons.empty() ? "" : "; ", short_reason(error.what(), *found));
        }
    }
    throw ConfigError(reasons.empty()
                          ? say("there is no module of MPI beside this program (plumbline-mpi-*.so; it was built "
                                "without). Build one with the site's mpicc: plumbline-build-mpi-module")
                          : say("{}. Load the site's MPI, so that its library is found (LD_LIBRARY_PATH), or build "
                                "a module with its mpicc: plumbline-build-mpi-module",
                                reasons));
}

std::string file_of(const MpiModule& module)
{
    Dl_info where{};
    return dladdr(&module, &where) != 0 && where.dli_fname != nullptr ? where.dli_fname : "";
}

std::vector<std::string> mpi_flavours(const Variables& get)
{
    const auto mpi = announced_to_mpi(get);
    const bool hydra = mpi && (mpi->size_variable == "PMI_SIZE" || mpi->size_variable == "MV2_COMM_WORLD_SIZE");
    // Debian's MPICH has another name of its library than all others that keep to its ABI: a module each.
    std::vector<std::string> flavours{"openmpi", "mpich", "mpich-abi"};
    if (hydra) {
        std::rotate(flavours.begin(), flavours.begin() + 1, flavours.end());
    }
    return flavours;
}

}  // namespace plumbline::app
