#pragma once

#include "collectives/dynamic_library.hpp"
#include "collectives/nccl/cuda_abi.hpp"
#include "collectives/nccl/flavour.hpp"
#include "collectives/nccl/nccl_abi.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>

namespace plumbline::nccl {

/// The runtime of the device: streams, events, memory.
class Runtime {
public:
    /// Throws ConfigError. `beside`: a library whose folder is looked in first; "" = none.
    Runtime(const Flavour& flavour, const std::string& beside);

    cuda::GetDeviceCount* get_device_count = nullptr;
    cuda::SetDevice* set_device = nullptr;
    cuda::GetDeviceProperties* get_device_properties = nullptr;
    cuda::DeviceGetPciBusId* device_get_pci_bus_id = nullptr;
    cuda::RuntimeGetVersion* runtime_get_version = nullptr;
    cuda::Malloc* malloc = nullptr;
    cuda::Free* free = nullptr;
    cuda::MemGetInfo* mem_get_info = nullptr;
    cuda::Memcpy* memcpy = nullptr;
    cuda::MemcpyAsync* memcpy_async = nullptr;
    cuda::Memset* memset = nullptr;
    cuda::StreamCreateWithFlags* stream_create = nullptr;
    cuda::StreamDestroy* stream_destroy = nullptr;
    cuda::StreamSynchronize* stream_synchronize = nullptr;
    cuda::EventCreateWithFlags* event_create = nullptr;
    cuda::EventDestroy* event_destroy = nullptr;
    cuda::EventRecord* event_record = nullptr;
    cuda::EventQuery* event_query = nullptr;
    cuda::EventElapsedTime* event_elapsed_time = nullptr;
    cuda::StreamBeginCapture* stream_begin_capture = nullptr;
    cuda::StreamEndCapture* stream_end_capture = nullptr;
    cuda::GraphInstantiateWithFlags* graph_instantiate = nullptr;
    cuda::GraphLaunch* graph_launch = nullptr;
    cuda::GraphDestroy* graph_destroy = nullptr;
    cuda::GraphExecDestroy* graph_exec_destroy = nullptr;

    const std::string& path() const { return library_.path(); }
    bool stand_in() const { return library_.find("plumbline_standin") != nullptr; }

    /// Throws BackendError with the runtime's own words unless `code` is success.
    void check(cuda::Error code, const char* call) const
    {
        if (code != cuda::success) [[unlikely]] {
            fail(code, call);
        }
    }
    /// What errors are about from now on: "device 1 of host2".
    void set_place(std::string place) { place_ = std::move(place); }
    const std::string& place() const { return place_; }
    std::string describe(cuda::Error code) const { return get_error_string_(code); }

private:
    [[noreturn]] void fail(cuda::Error code, const char* call) const;

    DynamicLibrary library_;
    cuda::GetErrorString* get_error_string_ = nullptr;
    std::string place_;
};

/// The collective library.
class Collectives {
public:
    /// Throws ConfigError. `name`: path, or "" for the one that the loader finds.
    Collectives(const Flavour& flavour, const std::string& name);

    abi::GetVersion* get_version = nullptr;
    abi::GetUniqueId* get_unique_id = nullptr;
    abi::CommInitRank* comm_init_rank = nullptr;
    abi::CommDestroy* comm_destroy = nullptr;
    abi::CommAbort* comm_abort = nullptr;
    abi::CommGetAsyncError* comm_get_async_error = nullptr;
    abi::GroupStart* group_start = nullptr;
    abi::GroupEnd* group_end = nullptr;
    abi::AllReduce* all_reduce = nullptr;
    abi::ReduceScatter* reduce_scatter = nullptr;
    abi::AllGather* all_gather = nullptr;
    abi::Broadcast* broadcast = nullptr;
    abi::Reduce* reduce = nullptr;
    abi::Send* send = nullptr;
    abi::Recv* recv = nullptr;
    abi::CommRegister* comm_register = nullptr;      ///< since 2.19, else null
    abi::CommDeregister* comm_deregister = nullptr;  ///< since 2.19, else null

    const std::string& path() const { return library_.path(); }
    bool stand_in() const { return library_.find("plumbline_standin") != nullptr; }
    int version() const;

    void check(abi::Result code, const char* call) const
    {
        if (code != abi::success) [[unlikely]] {
            fail(code, call);
        }
    }
    void set_place(std::string place) { place_ = std::move(place); }
    std::string describe(abi::Result code) const;

private:
    [[noreturn]] void fail(abi::Result code, const char* call) const;

    DynamicLibrary library_;
    abi::GetErrorString* get_error_string_ = nullptr;
    abi::GetLastError* get_last_error_ = nullptr;  ///< since 2.13, else null
    std::string place_;
};

/// One process' libraries. They must belong together: a stand-in beside a real one is refused.
struct Libraries {
    /// Throws ConfigError.
    Libraries(const Flavour& flavour, const std::string& name);

    Collectives collectives;
    Runtime runtime;
    bool stand_in() const { return collectives.stand_in() || runtime.stand_in(); }
};

/// "2.28.9" of what ncclGetVersion says.
std::string version_text(int version);

/// Opens the first of `names` that is there: beside `beside`, where the loader looks, or in the usual folders. Throws
/// ConfigError of the first one.
DynamicLibrary open_first(std::span<const std::string_view> names, const std::string& beside,
                          std::span<const std::string_view> usual_folders);

}  // namespace plumbline::nccl
