// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

/// The part of Huawei's AscendCL runtime ("ACL") that the backend uses, declared here so that it builds where CANN
/// isn't. The library is opened at run time (libraries.hpp). Names, signatures and numbers are those of the public
/// "AscendCL API Reference" of CANN (acl_base.h, acl_rt.h); each number's own name stands beside it.
namespace plumbline::hccl::acl {

using Error = int;  ///< aclError
using Stream = void*;
using Event = void*;

constexpr Error success = 0;                    ///< ACL_SUCCESS
constexpr Error already_initialised = 100'002;  ///< ACL_ERROR_REPEAT_INITIALIZE
constexpr Error out_of_memory = 207'001;        ///< ACL_ERROR_RT_MEMORY_ALLOCATION

enum CopyKind : int {
    host_to_device = 1,    ///< ACL_MEMCPY_HOST_TO_DEVICE
    device_to_host = 2,    ///< ACL_MEMCPY_DEVICE_TO_HOST
    device_to_device = 3,  ///< ACL_MEMCPY_DEVICE_TO_DEVICE
};
constexpr int huge_pages_first = 0;          ///< ACL_MEM_MALLOC_HUGE_FIRST
constexpr int hbm_memory = 1;                ///< ACL_HBM_MEM
constexpr std::uint32_t event_progress = 2;  ///< ACL_EVENT_CAPTURE_STREAM_PROGRESS
constexpr std::uint32_t event_timed = 8;     ///< ACL_EVENT_TIME_LINE
constexpr int event_complete = 1;            ///< ACL_EVENT_RECORDED_STATUS_COMPLETE
/// Both addresses of an asynchronous copy within a device: aclrtMemcpyAsync's restrictions.
constexpr std::size_t copy_alignment = 64;

struct Uuid {
    unsigned char bytes[16];
};

using Init = Error(const char* config_path);
using GetVersion = Error(std::int32_t* major, std::int32_t* minor, std::int32_t* patch);
using GetSocName = const char*();
using GetRecentErrMsg = const char*();
using GetDeviceCount = Error(std::uint32_t* count);
using SetDevice = Error(std::int32_t device);
using DeviceGetUuid = Error(std::int32_t device, Uuid* uuid);
using Malloc = Error(void** memory, std::size_t bytes, int policy);
using Free = Error(void* memory);
using GetMemInfo = Error(int attribute, std::size_t* free_bytes, std::size_t* total);
using Memcpy = Error(void* to, std::size_t room, const void* from, std::size_t bytes, int kind);
using MemcpyAsync = Error(void* to, std::size_t room, const void* from, std::size_t bytes, int kind, Stream stream);
using Memset = Error(void* memory, std::size_t room, std::int32_t value, std::size_t bytes);
using CreateStream = Error(Stream* stream);
using DestroyStream = Error(Stream stream);
using CreateEventWithFlag = Error(Event* event, std::uint32_t flag);
using DestroyEvent = Error(Event event);
using RecordEvent = Error(Event event, Stream stream);
using QueryEventStatus = Error(Event event, int* status);
using EventElapsedTime = Error(float* milliseconds, Event begin, Event end);

/// All of them; filled by AclRuntime.
struct Functions {
    Init* init = nullptr;
    GetVersion* get_version = nullptr;
    GetSocName* get_soc_name = nullptr;
    GetRecentErrMsg* get_recent_err_msg = nullptr;  ///< null in the oldest versions
    GetDeviceCount* get_device_count = nullptr;
    SetDevice* set_device = nullptr;
    DeviceGetUuid* device_get_uuid = nullptr;  ///< null in older versions
    Malloc* malloc = nullptr;
    Free* free = nullptr;
    GetMemInfo* get_mem_info = nullptr;
    Memcpy* memcpy = nullptr;
    MemcpyAsync* memcpy_async = nullptr;
    Memset* memset = nullptr;
    CreateStream* create_stream = nullptr;
    DestroyStream* destroy_stream = nullptr;  ///< by force: it doesn't wait for what hangs on it
    CreateEventWithFlag* create_event = nullptr;
    DestroyEvent* destroy_event = nullptr;
    RecordEvent* record_event = nullptr;
    QueryEventStatus* query_event_status = nullptr;
    EventElapsedTime* event_elapsed_time = nullptr;
};

}  // namespace plumbline::hccl::acl
