// SPDX-License-Identifier: Apache-2.0
/// A fake for libcudart: device memory is host memory, streams are threads. Our own code from the public
/// description of each call; only what is used.
#include "collectives/backends/cuda/cuda_abi.hpp"
#include "tests/fakes/device.hpp"
#include "tests/fakes/faults.hpp"
#include "tests/fakes/mark.hpp"
#include "tests/fakes/stream.hpp"

#include <cstring>
#include <memory>
#include <thread>
#include <vector>

using namespace plumbline::fake;
namespace cuda = plumbline::cuda;

namespace {

constexpr int success = 0;
constexpr int invalid_value = 1;
constexpr int out_of_memory = 2;
constexpr int no_device = 100;
constexpr int invalid_device = 101;
constexpr int not_ready = 600;

struct Graph {
    std::vector<Work> work;
};

Stream* stream_of(void* handle)
{
    return static_cast<Stream*>(handle);
}

/// As before CUDA 12: choosing a device makes no context, the first call that needs one does.
std::atomic<bool> has_context = false;

}  // namespace

bool plumbline::fake::context_exists()
{
    return has_context;
}

#define PLANTED(call)                              \
    if (const auto code = planted_failure(call)) { \
        return *code;                              \
    }

extern "C" {

PLUMBLINE_FAKE_MARK(cudart)

int cudaGetDeviceCount(int* count)
{
    PLANTED("cudaGetDeviceCount")
    *count = device_count();
    return *count > 0 ? success : no_device;
}

int cudaSetDevice(int number)
{
    PLANTED("cudaSetDevice")
    return number < 0 || number >= device_count() ? invalid_device : success;
}

int cudaGetDeviceProperties(void* properties, int number)
{
    PLANTED("cudaGetDeviceProperties")
    auto* const prefix = static_cast<cuda::DevicePrefix*>(properties);
    std::strncpy(prefix->name, "stand-in device", sizeof prefix->name);
    std::memset(prefix->uuid, 0, sizeof prefix->uuid);
    prefix->uuid[0] = 0x5A;
    prefix->uuid[15] = static_cast<unsigned char>(rule_of("one-device") ? 0 : number);
    return success;
}

int cudaDeviceGetAttribute(int* value, int attribute, int)
{
    PLANTED("cudaDeviceGetAttribute")
    if (attribute != cuda::attribute_capability_major && attribute != cuda::attribute_capability_minor) {
        return invalid_value;
    }
    *value = attribute == cuda::attribute_capability_major ? 9 : 0;
    return success;
}

int cudaDeviceGetPCIBusId(char* text, int length, int number)
{
    PLANTED("cudaDeviceGetPCIBusId")
    constexpr int needed = 13;
    if (length < needed) {
        return invalid_value;
    }
    std::strcpy(text, "0000:00:00.0");
    text[6] = static_cast<char>('0' + number % 10);
    return success;
}

int cudaRuntimeGetVersion(int* version)
{
    *version = 13000;
    return success;
}

int cudaDriverGetVersion(int* version)
{
    *version = 13000;
    return success;
}

int cudaMalloc(void** memory, std::size_t bytes)
{
    PLANTED("cudaMalloc")
    has_context = true;
    *memory = device_memory().take(bytes);
    return *memory == nullptr ? out_of_memory : success;
}

int cudaFree(void* memory)
{
    has_context = true;
    wait_until_all_are_idle();  // as the real one does: kernels may still use the memory
    return device_memory().give_back(memory) ? success : invalid_value;
}

int cudaMemGetInfo(std::size_t* free_bytes, std::size_t* total)
{
    PLANTED("cudaMemGetInfo")
    *free_bytes = device_memory().free_bytes();
    *total = DeviceMemory::total;
    return success;
}

int cudaMemcpy(void* to, const void* from, std::size_t bytes, int)
{
    PLANTED("cudaMemcpy")
    move_bytes(to, from, bytes);
    return success;
}

int cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, int, void* stream)
{
    PLANTED("cudaMemcpyAsync")
    stream_of(stream)->put({{}, [=](std::uint64_t) { move_bytes(to, from, bytes); }});
    return success;
}

int cudaMemset(void* memory, int value, std::size_t bytes)
{
    PLANTED("cudaMemset")
    if (bytes > 0) {
        std::memset(memory, value, bytes);
    }
    return success;
}

int cudaStreamCreateWithFlags(void** stream, unsigned)
{
    PLANTED("cudaStreamCreateWithFlags")
    *stream = new Stream();
    return success;
}

int cudaStreamDestroy(void* stream)
{
    delete stream_of(stream);
    return success;
}

int cudaStreamSynchronize(void* stream)
{
    PLANTED("cudaStreamSynchronize")
    if (stream != nullptr) {  // what is on the default stream is done at once
        stream_of(stream)->wait_idle();
    }
    return success;
}

int cudaEventCreateWithFlags(void** event, unsigned)
{
    PLANTED("cudaEventCreateWithFlags")
    *event = new EventHandle(std::make_shared<Event>());
    return success;
}

int cudaEventDestroy(void* event)
{
    delete static_cast<EventHandle*>(event);
    return success;
}

int cudaEventRecord(void* event, void* stream)
{
    PLANTED("cudaEventRecord")
    record_event(event, stream);
    return success;
}

int cudaEventQuery(void* event)
{
    PLANTED("cudaEventQuery")
    if (event_of(event)->done()) {
        return success;
    }
    std::this_thread::yield();
    return not_ready;
}

int cudaEventElapsedTime(float* milliseconds, void* begin, void* end)
{
    PLANTED("cudaEventElapsedTime")
    return elapsed(begin, end, *milliseconds) ? success : not_ready;
}

int cudaStreamBeginCapture(void* stream, int)
{
    PLANTED("cudaStreamBeginCapture")
    stream_of(stream)->begin_capture();
    return success;
}

int cudaStreamEndCapture(void* stream, void** graph)
{
    PLANTED("cudaStreamEndCapture")
    *graph = new Graph{stream_of(stream)->end_capture()};
    return success;
}

int cudaGraphInstantiateWithFlags(void** executable, void* graph, unsigned long long)
{
    PLANTED("cudaGraphInstantiateWithFlags")
    *executable = new Graph(*static_cast<Graph*>(graph));
    return success;
}

int cudaGraphLaunch(void* executable, void* stream)
{
    PLANTED("cudaGraphLaunch")
    for (const Work& work : static_cast<Graph*>(executable)->work) {
        stream_of(stream)->put(work);
    }
    return success;
}

int cudaGraphDestroy(void* graph)
{
    delete static_cast<Graph*>(graph);
    return success;
}

int cudaGraphExecDestroy(void* executable)
{
    delete static_cast<Graph*>(executable);
    return success;
}

int cudaGetLastError()
{
    return success;
}

const char* cudaGetErrorString(int code)
{
    switch (code) {
        case success:
            return "no error";
        case invalid_value:
            return "invalid argument";
        case out_of_memory:
            return "out of memory";
        case no_device:
            return "no CUDA-capable device is detected";
        case invalid_device:
            return "invalid device ordinal";
        case not_ready:
            return "device not ready";
        default:
            return "planted error";
    }
}

}  // extern "C"
