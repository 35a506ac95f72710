// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/cuda/cuda_runtime.hpp"

#include "collectives/backends/device/find_library.hpp"
#include "collectives/util/error.hpp"

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <new>
#include <utility>
#include <vector>

namespace plumbline::cuda {

namespace {

/// Loads the functions of a runtime, whose names begin with the vendor's prefix.
class PrefixedLoader {
public:
    PrefixedLoader(const DynamicLibrary& library, std::string_view prefix) : library_(library), prefix_(prefix) {}

    template <class Function>
    void get(const char* name, Function*& function) const
    {
        library_.get((prefix_ + name).c_str(), function);
    }

    template <class Function>
    void get_if_there(const char* name, Function*& function) const
    {
        library_.get_if_there((prefix_ + name).c_str(), function);
    }

private:
    const DynamicLibrary& library_;
    std::string prefix_;
};

std::string uuid_text(const unsigned char (&uuid)[16])
{
    std::string text = "GPU-";
    for (std::size_t i = 0; i < sizeof uuid; ++i) {
        text += i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "";
        text += fmt::format("{:02x}", uuid[i]);
    }
    return text;
}

}  // namespace

CudaRuntime::CudaRuntime(const Toolkit& toolkit, const std::string& beside)
    : CudaRuntime(toolkit, device::open_first(toolkit.runtimes, beside, toolkit.usual_folders))
{
}

CudaRuntime::CudaRuntime(const Toolkit& toolkit, DynamicLibrary library)
    : library_(std::move(library)), prefix_(toolkit.prefix)
{
    const PrefixedLoader load(library_, toolkit.prefix);
    load.get("GetDeviceCount", calls.get_device_count);
    load.get("SetDevice", calls.set_device);
    // HIP's header has programs call this name since 6.0; what the plain one fills has no UUID.
    load.get_if_there("GetDevicePropertiesR0600", calls.get_device_properties);
    properties_have_uuid_ = calls.get_device_properties != nullptr || toolkit.prefix == "cuda";
    if (calls.get_device_properties == nullptr) {
        load.get("GetDeviceProperties", calls.get_device_properties);
    }
    load.get("DeviceGetAttribute", calls.device_get_attribute);
    load.get("DeviceGetPCIBusId", calls.device_get_pci_bus_id);
    load.get("RuntimeGetVersion", calls.runtime_get_version);
    load.get("Malloc", calls.malloc);
    load.get("Free", calls.free);
    load.get("MemGetInfo", calls.mem_get_info);
    load.get("Memcpy", calls.memcpy);
    load.get("MemcpyAsync", calls.memcpy_async);
    load.get("Memset", calls.memset);
    load.get("StreamCreateWithFlags", calls.stream_create);
    load.get("StreamDestroy", calls.stream_destroy);
    load.get("StreamSynchronize", calls.stream_synchronize);
    load.get("EventCreateWithFlags", calls.event_create);
    load.get("EventDestroy", calls.event_destroy);
    load.get("EventRecord", calls.event_record);
    load.get("EventQuery", calls.event_query);
    load.get("EventElapsedTime", calls.event_elapsed_time);
    load.get("StreamBeginCapture", calls.stream_begin_capture);
    load.get("StreamEndCapture", calls.stream_end_capture);
    load.get("GraphInstantiateWithFlags", calls.graph_instantiate);
    load.get("GraphLaunch", calls.graph_launch);
    load.get("GraphDestroy", calls.graph_destroy);
    load.get("GraphExecDestroy", calls.graph_exec_destroy);
    load.get("GetErrorString", calls.get_error_string);
}

void CudaRuntime::fail(cuda::Error code, const char* call) const
{
    const std::string words = calls.get_error_string(code);
    throw BackendError(call, code, place().empty() ? words : fmt::format("{}; {}", words, place()));
}

const device::Runtime::Names& CudaRuntime::names() const
{
    static constexpr Names names{"cudaGetDeviceCount", "cudaSetDevice", "cudaMemcpyAsync"};
    return names;
}

std::string CudaRuntime::version() const
{
    int version = 0;
    calls.runtime_get_version(&version);
    return fmt::format("{} {}", prefix_, version);
}

int CudaRuntime::capability(int number) const
{
    int major = 0;
    int minor = 0;
    check(calls.device_get_attribute(&major, cuda::attribute_capability_major, number), "cudaDeviceGetAttribute");
    check(calls.device_get_attribute(&minor, cuda::attribute_capability_minor, number), "cudaDeviceGetAttribute");
    return major * 10 + minor;
}

int CudaRuntime::device_count() const
{
    int count = 0;
    check(calls.get_device_count(&count), "cudaGetDeviceCount");
    return count;
}

void CudaRuntime::set_device(int number) const
{
    check(calls.set_device(number), "cudaSetDevice");
}

device::Device CudaRuntime::describe(int number) const
{
    std::vector<std::byte> properties(cuda::bytes_of_properties);
    check(calls.get_device_properties(properties.data(), number), "cudaGetDeviceProperties");
    cuda::DevicePrefix prefix{};
    std::memcpy(&prefix, properties.data(), sizeof prefix);
    std::array<char, 32> bus{};
    check(calls.device_get_pci_bus_id(bus.data(), static_cast<int>(bus.size()), number), "cudaDeviceGetPCIBusId");
    return {.number = number,
            .name = std::string(prefix.name, strnlen(prefix.name, sizeof prefix.name)),
            .uuid = properties_have_uuid_ ? uuid_text(prefix.uuid) : "",
            .bus = bus.data()};
}

std::byte* CudaRuntime::allocate(std::uint64_t bytes) const
{
    void* memory = nullptr;
    const cuda::Error code = calls.malloc(&memory, bytes);
    if (code == cuda::out_of_memory) {
        throw std::bad_alloc();
    }
    check(code, "cudaMalloc");
    return static_cast<std::byte*>(memory);
}

std::uint64_t CudaRuntime::free_bytes() const
{
    std::size_t free_bytes = 0;
    std::size_t total = 0;
    check(calls.mem_get_info(&free_bytes, &total), "cudaMemGetInfo");
    return free_bytes;
}

// Streams of ours don't wait for the default one, on which these copies are: each has to be over when it returns.

void CudaRuntime::to_device(std::byte* to, std::span<const std::byte> from) const
{
    check(calls.memcpy(to, from.data(), from.size(), cuda::host_to_device), "cudaMemcpy");
    check(calls.stream_synchronize(nullptr), "cudaStreamSynchronize");
}

void CudaRuntime::to_host(std::span<std::byte> to, const std::byte* from) const
{
    check(calls.memcpy(to.data(), from, to.size(), cuda::device_to_host), "cudaMemcpy");
}

void CudaRuntime::fill(std::byte* memory, std::byte value, std::uint64_t bytes) const
{
    check(calls.memset(memory, std::to_integer<int>(value), bytes), "cudaMemset");
    check(calls.stream_synchronize(nullptr), "cudaStreamSynchronize");
}

void CudaRuntime::copy(std::byte* to, const std::byte* from, std::uint64_t bytes, device::StreamHandle stream) const
{
    check(calls.memcpy_async(to, from, bytes, cuda::device_to_device, stream), "cudaMemcpyAsync");
}

device::StreamHandle CudaRuntime::create_stream() const
{
    cuda::Stream stream = nullptr;
    check(calls.stream_create(&stream, cuda::stream_non_blocking), "cudaStreamCreateWithFlags");
    return stream;
}

device::EventHandle CudaRuntime::create_event(device::EventKind kind) const
{
    cuda::Event event = nullptr;
    const unsigned flags = kind == device::EventKind::timed ? cuda::event_default : cuda::event_disable_timing;
    check(calls.event_create(&event, flags), "cudaEventCreateWithFlags");
    return event;
}

bool CudaRuntime::reached(device::EventHandle event) const
{
    const cuda::Error code = calls.event_query(event);
    if (code == cuda::not_ready) {
        return false;
    }
    check(code, "cudaEventQuery");
    return true;
}

double CudaRuntime::seconds_between(device::EventHandle begin, device::EventHandle end) const
{
    float milliseconds = 0;
    check(calls.event_elapsed_time(&milliseconds, begin, end), "cudaEventElapsedTime");
    return 1e-3 * static_cast<double>(milliseconds);
}

}  // namespace plumbline::cuda
