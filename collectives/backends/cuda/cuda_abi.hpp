// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

/// The part of the CUDA runtime's public C interface that is used, declared here so that it builds where the
/// toolkit isn't. The library is opened at run time (cuda_runtime.hpp). Names and numbers are those of NVIDIA's public
/// documentation of the CUDA runtime API.
namespace plumbline::cuda {

using Error = int;
using Stream = void*;
using Event = void*;
using Graph = void*;
using GraphExecutable = void*;

constexpr Error success = 0;
constexpr Error out_of_memory = 2;
constexpr Error not_ready = 600;

enum CopyKind : int { host_to_device = 1, device_to_host = 2, device_to_device = 3 };
constexpr unsigned stream_non_blocking = 1;
constexpr int capture_thread_local = 1;
constexpr unsigned event_default = 0;
constexpr unsigned event_disable_timing = 2;

/// How a cudaDeviceProp begins, in every version since 10.0; the whole of it is less than `bytes_of_properties`.
struct DevicePrefix {
    char name[256];
    unsigned char uuid[16];
};
constexpr std::size_t bytes_of_properties = 8192;
/// cudaDevAttrComputeCapabilityMajor and ...Minor; HIP counts its attributes otherwise.
constexpr int attribute_capability_major = 75;
constexpr int attribute_capability_minor = 76;

using GetDeviceCount = Error(int* count);
using SetDevice = Error(int device);
using GetDeviceProperties = Error(void* properties, int device);
using DeviceGetAttribute = Error(int* value, int attribute, int device);
using DeviceGetPciBusId = Error(char* text, int length, int device);
using RuntimeGetVersion = Error(int* version);
using Malloc = Error(void** memory, std::size_t bytes);
using Free = Error(void* memory);
using MemGetInfo = Error(std::size_t* free_bytes, std::size_t* total);
using Memcpy = Error(void* to, const void* from, std::size_t bytes, int kind);
using MemcpyAsync = Error(void* to, const void* from, std::size_t bytes, int kind, Stream stream);
using Memset = Error(void* memory, int value, std::size_t bytes);
using StreamCreateWithFlags = Error(Stream* stream, unsigned flags);
using StreamDestroy = Error(Stream stream);
using StreamSynchronize = Error(Stream stream);
using EventCreateWithFlags = Error(Event* event, unsigned flags);
using EventDestroy = Error(Event event);
using EventRecord = Error(Event event, Stream stream);
using EventQuery = Error(Event event);
using EventElapsedTime = Error(float* milliseconds, Event begin, Event end);
using StreamBeginCapture = Error(Stream stream, int mode);
using StreamEndCapture = Error(Stream stream, Graph* graph);
using GraphInstantiateWithFlags = Error(GraphExecutable* executable, Graph graph, unsigned long long flags);
using GraphLaunch = Error(GraphExecutable executable, Stream stream);
using GraphDestroy = Error(Graph graph);
using GraphExecDestroy = Error(GraphExecutable executable);
using GetErrorString = const char*(Error code);

/// All of them; filled by CudaRuntime.
struct Functions {
    GetDeviceCount* get_device_count = nullptr;
    SetDevice* set_device = nullptr;
    GetDeviceProperties* get_device_properties = nullptr;
    DeviceGetAttribute* device_get_attribute = nullptr;
    DeviceGetPciBusId* device_get_pci_bus_id = nullptr;
    RuntimeGetVersion* runtime_get_version = nullptr;
    Malloc* malloc = nullptr;
    Free* free = nullptr;
    MemGetInfo* mem_get_info = nullptr;
    Memcpy* memcpy = nullptr;
    MemcpyAsync* memcpy_async = nullptr;
    Memset* memset = nullptr;
    StreamCreateWithFlags* stream_create = nullptr;
    StreamDestroy* stream_destroy = nullptr;
    StreamSynchronize* stream_synchronize = nullptr;
    EventCreateWithFlags* event_create = nullptr;
    EventDestroy* event_destroy = nullptr;
    EventRecord* event_record = nullptr;
    EventQuery* event_query = nullptr;
    EventElapsedTime* event_elapsed_time = nullptr;
    StreamBeginCapture* stream_begin_capture = nullptr;
    StreamEndCapture* stream_end_capture = nullptr;
    GraphInstantiateWithFlags* graph_instantiate = nullptr;
    GraphLaunch* graph_launch = nullptr;
    GraphDestroy* graph_destroy = nullptr;
    GraphExecDestroy* graph_exec_destroy = nullptr;
    GetErrorString* get_error_string = nullptr;
};

}  // namespace plumbline::cuda
