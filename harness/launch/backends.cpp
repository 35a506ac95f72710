// SPDX-License-Identifier: Apache-2.0
#include "harness/launch/backends.hpp"

#include "collectives/backends/hccl/module.hpp"
#include "collectives/backends/nccl/module.hpp"
#include "collectives/util/error.hpp"
#include "collectives/util/nearest_word.hpp"
#include "harness/launch/announced_launch.hpp"
#include "harness/launch/loaded_module.hpp"
#include "harness/launch/mpi_modules.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline::app {

namespace {

Availability find_mpi(const std::string& library)
{
    try {
        const MpiModule& mpi = mpi_module("", environment_variables());
        if (!library.empty()) {
            return {mpi.library_version(),
                    "MPI starts the ranks and is there already. Choose another with --launcher mpi:PATH of its module, "
                    "not with --backend-library"};
        }
        return {mpi.library_version(), std::nullopt};
    } catch (const ConfigError& error) {
        return {"", error.what()};
    }
}

Availability find_gloo(const std::string& library)
{
    try {
        return loaded_module("gloo", library).find(library);
    } catch (const ConfigError& error) {
        return {"", error.what()};
    }
}

std::unique_ptr<Backend> make_gloo(const BackendSetup& setup)
{
    return loaded_module("gloo", setup.library).make(setup);
}

Availability find_sim(const std::string& library)
{
    if (!library.empty()) {
        return {"built in", "it is built in and has no library. Leave --backend-library out"};
    }
    return {"built in", std::nullopt};
}

}  // namespace

std::span<const BackendModule> all_backends()
{
    // One row a backend; this table alone knows them.
    static const std::array backends{
        BackendModule{mpi_name, "host memory, or devices', over the MPI that starts the ranks", find_mpi, nullptr},
        BackendModule{"gloo", "host memory, over Gloo's TCP transport", find_gloo, make_gloo},
        nccl::nccl_module(),
        nccl::rccl_module(),
        hccl::hccl_module(),
        BackendModule{simulator_name, "a simulated cluster in this process (virtual clock); never a measurement",
                      find_sim, nullptr},
    };
    return backends;
}

const BackendModule& backend_named(std::string_view name)
{
    std::vector<std::string_view> known;
    for (const BackendModule& module : all_backends()) {
        if (module.name == name) {
            return module;
        }
        known.push_back(module.name);
    }
    throw ConfigError(say("no backend '{}' (there are {}). {}", name, fmt::join(known, ", "),
                          suggest_nearest("The nearest is", name, known, "See 'plumbline list backends'")));
}

}  // namespace plumbline::app
