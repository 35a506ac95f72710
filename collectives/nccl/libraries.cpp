#include "collectives/nccl/libraries.hpp"

#include "collectives/error.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <span>
#include <system_error>
#include <vector>

namespace plumbline::nccl {

namespace fs = std::filesystem;

namespace {

constexpr int oldest_version = 21000;  ///< bfloat16

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

/// The named library itself, or else the flavour's by its usual name.
DynamicLibrary open_collectives(const Flavour& flavour, const std::string& name)
{
    if (!name.empty()) {
        return DynamicLibrary(name);
    }
    return open_first({&flavour.collectives, 1}, "", flavour.usual_folders);
}

/// Loads the functions of a runtime, whose names begin with the flavour's prefix.
class PrefixedLoader {
public:
    PrefixedLoader(const DynamicLibrary& library, std::string_view prefix) : library_(library), prefix_(prefix) {}

    template <class Function>
    void get(const char* name, Function*& function) const
    {
        library_.get((prefix_ + name).c_str(), function);
    }

private:
    const DynamicLibrary& library_;
    std::string prefix_;
};

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
    throw first.value_or(ConfigError("this backend has no such library"));
}

Runtime::Runtime(const Flavour& flavour, const std::string& beside)
    : library_(open_first(flavour.runtimes, beside, flavour.usual_folders))
{
    const PrefixedLoader load(library_, flavour.runtime_prefix);
    load.get("GetDeviceCount", get_device_count);
    load.get("SetDevice", set_device);
    load.get("GetDeviceProperties", get_device_properties);
    load.get("DeviceGetPCIBusId", device_get_pci_bus_id);
    load.get("RuntimeGetVersion", runtime_get_version);
    load.get("Malloc", malloc);
    load.get("Free", free);
    load.get("MemGetInfo", mem_get_info);
    load.get("Memcpy", memcpy);
    load.get("MemcpyAsync", memcpy_async);
    load.get("Memset", memset);
    load.get("StreamCreateWithFlags", stream_create);
    load.get("StreamDestroy", stream_destroy);
    load.get("StreamSynchronize", stream_synchronize);
    load.get("EventCreateWithFlags", event_create);
    load.get("EventDestroy", event_destroy);
    load.get("EventRecord", event_record);
    load.get("EventQuery", event_query);
    load.get("EventElapsedTime", event_elapsed_time);
    load.get("StreamBeginCapture", stream_begin_capture);
    load.get("StreamEndCapture", stream_end_capture);
    load.get("GraphInstantiateWithFlags", graph_instantiate);
    load.get("GraphLaunch", graph_launch);
    load.get("GraphDestroy", graph_destroy);
    load.get("GraphExecDestroy", graph_exec_destroy);
    load.get("GetErrorString", get_error_string_);
}

void Runtime::fail(cuda::Error code, const char* call) const
{
    throw BackendError(call, code, place_.empty() ? describe(code) : fmt::format("{}; {}", describe(code), place_));
}

Collectives::Collectives(const Flavour& flavour, const std::string& name) : library_(open_collectives(flavour, name))
{
    library_.get("ncclGetVersion", get_version);
    const int version_here = version();
    if (version_here < oldest_version) {
        throw ConfigError(
            fmt::format("{} can't be used (it is {} {}, and {} is needed). Name another with "
                        "--backend-library",
                        path(), flavour.library, version_text(version_here), version_text(oldest_version)));
    }
    library_.get("ncclGetUniqueId", get_unique_id);
    library_.get("ncclCommInitRank", comm_init_rank);
    library_.get("ncclCommDestroy", comm_destroy);
    library_.get("ncclCommAbort", comm_abort);
    library_.get("ncclCommGetAsyncError", comm_get_async_error);
    library_.get("ncclGroupStart", group_start);
    library_.get("ncclGroupEnd", group_end);
    library_.get("ncclAllReduce", all_reduce);
    library_.get("ncclReduceScatter", reduce_scatter);
    library_.get("ncclAllGather", all_gather);
    library_.get("ncclBroadcast", broadcast);
    library_.get("ncclReduce", reduce);
    library_.get("ncclSend", send);
    library_.get("ncclRecv", recv);
    library_.get("ncclGetErrorString", get_error_string_);
    library_.get_if_there("ncclCommRegister", comm_register);
    library_.get_if_there("ncclCommDeregister", comm_deregister);
    library_.get_if_there("ncclGetLastError", get_last_error_);
}

int Collectives::version() const
{
    int version = 0;
    get_version(&version);
    return version;
}

std::string Collectives::describe(abi::Result code) const
{
    const char* const detail = get_last_error_ == nullptr ? nullptr : get_last_error_(nullptr);
    std::string text = get_error_string_(code);
    if (detail != nullptr && *detail != '\0') {
        text += fmt::format(": {}", detail);
    }
    return text;
}

void Collectives::fail(abi::Result code, const char* call) const
{
    throw BackendError(call, code, place_.empty() ? describe(code) : fmt::format("{}; {}", describe(code), place_));
}

Libraries::Libraries(const Flavour& flavour, const std::string& name)
    : collectives(flavour, name), runtime(flavour, collectives.path())
{
    if (collectives.stand_in() != runtime.stand_in()) {
        throw ConfigError(
            fmt::format("{} and {} don't belong together (one of them is a stand-in). Put the libraries of "
                        "one kind side by side",
                        collectives.path(), runtime.path()));
    }
}

std::string version_text(int version)
{
    // Since 2.9: major * 10000 + minor * 100 + patch; before: major * 1000 + minor * 100 + patch.
    const int major_unit = version >= 10000 ? 10000 : 1000;
    return fmt::format("{}.{}.{}", version / major_unit, version % major_unit / 100, version % 100);
}

}  // namespace plumbline::nccl
