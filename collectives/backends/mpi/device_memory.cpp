// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/mpi/device_memory.hpp"

#include "collectives/backends/device/start.hpp"
#include "collectives/util/error.hpp"

#include <fmt/format.h>

#include <optional>

namespace plumbline::mpi {

Options read_options(const BackendOptions& options)
{
    Options read;
    for (const auto& [key, value] : options) {
        if (key == "memory") {
            if (value != "host" && value != "cuda") {
                throw ConfigError(say("backend_options.memory is '{}' (not one of host, cuda). Try host", value));
            }
            read.on_device = value == "cuda";
        } else if (key == "cuda_runtime") {
            read.runtime_path = value;
        } else if (!take_placement(read.placement, key, value)) {
            throw ConfigError(say(
                "backend_options has '{}', which backend mpi does not know (it has memory, cuda_runtime, {}). Leave "
                "it out",
                key, placement_options));
        }
    }
    if (!read.on_device && !read.runtime_path.empty()) {
        throw ConfigError(
            say("backend_options.cuda_runtime is of no use without memory: cuda. Leave it out, or add that"));
    }
    if (read.on_device && read.placement != HostPlacement{}) {
        throw ConfigError(
            say("backend_options.buffers and huge_pages are of host memory (memory is 'cuda'). Leave them out"));
    }
    return read;
}

namespace {

/// Throws ConfigError.
cuda::CudaRuntime open_runtime(const std::string& path)
{
    try {
        if (path.empty()) {
            return {cuda::nvidia, ""};
        }
        return {cuda::nvidia, DynamicLibrary(path)};
    } catch (const ConfigError& error) {
        const std::string why = error.what();
        throw ConfigError(
            say("CUDA's runtime is not available for backend_options.memory=cuda: {}. Name it by "
                "backend_options.cuda_runtime",
                why.substr(0, why.find(". "))));
    }
}

std::string not_aware(const std::string& awareness)
{
    return fmt::format(
        "backend_options.memory is 'cuda', but this MPI doesn't say that it takes the memory of devices "
        "(MPIX_Query_cuda_support: {}). Use an MPI that was built with CUDA, or memory: host",
        awareness);
}

}  // namespace

DeviceMemory::DeviceMemory(const std::string& runtime_path) : runtime_(open_runtime(runtime_path)) {}

std::unique_ptr<DeviceMemory> DeviceMemory::open(const BackendSetup& setup, const Options& options,
                                                 const std::string& awareness)
{
    if (!options.on_device) {
        return nullptr;
    }
    const bool aware = awareness == "yes";
    auto memory = device::open_on_all<DeviceMemory>(setup, [&] {
        std::unique_ptr<DeviceMemory> own;
        try {
            own.reset(new DeviceMemory(options.runtime_path));
        } catch (const ConfigError&) {
            if (aware || !options.runtime_path.empty()) {
                throw;
            }
        }
        // A fake's memory is the host's, which every MPI takes.
        if (!aware && (own == nullptr || !own->runtime_.is_fake())) {
            throw ConfigError(not_aware(awareness));
        }
        return own;
    });
    memory->device_ = device::choose_device(memory->runtime_, setup);
    memory->runtime_.set_place(fmt::format("device {} of {}", memory->device_.number, setup.host_name));
    return memory;
}

std::string DeviceMemory::source() const
{
    return fmt::format("{} ({})", runtime_.version(), runtime_.path());
}

}  // namespace plumbline::mpi
