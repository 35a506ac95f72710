#include "collectives/mpi/device_memory.hpp"

#include "collectives/device/start.hpp"
#include "collectives/error.hpp"

#include <fmt/format.h>

#include <optional>

namespace plumbline::mpi {

namespace {

struct Options {
    bool on_device = false;
    std::string runtime_path;
};

Options read_options(const BackendOptions& options)
{
    Options read;
    for (const auto& [key, value] : options) {
        if (key == "memory") {
            if (value != "host" && value != "cuda") {
                throw ConfigError(
                    fmt::format("backend_options.memory is '{}' (not one of host, cuda). Try host", value));
            }
            read.on_device = value == "cuda";
        } else if (key == "cuda_runtime") {
            read.runtime_path = value;
        } else {
            throw ConfigError(fmt::format(
                "backend_options has '{}', which backend mpi does not know (it has memory, cuda_runtime). Leave it out",
                key));
        }
    }
    if (!read.on_device && !read.runtime_path.empty()) {
        throw ConfigError("backend_options.cuda_runtime is of no use without memory: cuda. Leave it out, or add that");
    }
    return read;
}

/// Throws ConfigError.
cuda::CudaRuntime open_runtime(const std::string& path)
{
    if (path.empty()) {
        return {cuda::nvidia, ""};
    }
    try {
        return {cuda::nvidia, DynamicLibrary(path)};
    } catch (const ConfigError& error) {
        throw ConfigError(fmt::format("backend_options.cuda_runtime: {}", error.what()));
    }
}

}  // namespace

DeviceMemory::DeviceMemory(const std::string& runtime_path) : runtime_(open_runtime(runtime_path)) {}

std::unique_ptr<DeviceMemory> DeviceMemory::open(const BackendSetup& setup, const std::string& awareness)
{
    const Options options = read_options(setup.options);
    if (!options.on_device) {
        return nullptr;
    }
    auto memory = device::open_on_all<DeviceMemory>(
        setup, [&] { return std::unique_ptr<DeviceMemory>(new DeviceMemory(options.runtime_path)); });
    std::optional<std::string> objection;
    // A stand-in's memory is the host's, which every MPI takes.
    if (awareness != "yes" && !memory->runtime_.stand_in()) {
        objection = fmt::format(
            "backend_options.memory is 'cuda', but this MPI doesn't say that it takes the memory of devices "
            "(MPIX_Query_cuda_support: {}). Use an MPI that was built with CUDA, or memory: host",
            awareness);
    }
    device::require_no_objection(setup, objection);
    memory->device_ = device::choose_device(memory->runtime_, setup);
    memory->runtime_.set_place(fmt::format("device {} of {}", memory->device_.number, setup.host_name));
    return memory;
}

std::string DeviceMemory::source() const
{
    return fmt::format("{} ({})", runtime_.version(), runtime_.path());
}

}  // namespace plumbline::mpi
