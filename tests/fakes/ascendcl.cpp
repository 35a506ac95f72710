// SPDX-License-Identifier: Apache-2.0
/// A fake for libascendcl: device memory is host memory, streams are threads. Our own code from the public
/// description of each call; only what the hccl backend uses. It is strict where the reference is: no device before
/// aclInit, nothing on a thread that has set no device, aligned copies.
#include "collectives/backends/hccl/acl_abi.hpp"
#include "tests/fakes/device.hpp"
#include "tests/fakes/faults.hpp"
#include "tests/fakes/mark.hpp"
#include "tests/fakes/stream.hpp"

#include <cstdint>
#include <cstring>
#include <memory>
#include <thread>

using namespace plumbline::fake;
namespace acl = plumbline::hccl::acl;

namespace {

constexpr int success = acl::success;
constexpr int not_initialised = 100001;    // ACL_ERROR_UNINITIALIZE
constexpr int invalid_parameter = 107000;  // ACL_ERROR_RT_PARAM_INVALID
constexpr int invalid_device = 107001;     // ACL_ERROR_RT_INVALID_DEVICEID
constexpr int no_context = 107002;         // ACL_ERROR_RT_CONTEXT_NULL
constexpr int no_device = 207004;          // ACL_ERROR_RT_NO_DEVICE

bool initialised = false;
thread_local bool has_context = false;

Stream* stream_of(void* handle)
{
    return static_cast<Stream*>(handle);
}

bool aligned(const void* address)
{
    return reinterpret_cast<std::uintptr_t>(address) % acl::copy_alignment == 0;
}

}  // namespace

#define PLANTED(call)                              \
    if (const auto code = planted_failure(call)) { \
        return *code;                              \
    }
#define WITH_CONTEXT       \
    if (!has_context) {    \
        return no_context; \
    }

extern "C" {

PLUMBLINE_FAKE_MARK(ascendcl)

/// For the fake of HCCL.
bool plumbline_fake_has_context()
{
    return has_context;
}

int aclInit(const char*)
{
    PLANTED("aclInit")
    if (initialised) {
        return acl::already_initialised;
    }
    initialised = true;
    return success;
}

int aclrtGetVersion(std::int32_t* major, std::int32_t* minor, std::int32_t* patch)
{
    const auto rule = rule_of("version");
    *major = 1;
    *minor = rule ? static_cast<std::int32_t>(rule->value) : 15;
    *patch = 0;
    return success;
}

const char* aclrtGetSocName()
{
    return "stand-in device";
}

const char* aclGetRecentErrMsg()
{
    return "planted,\nor a mistake of the caller";
}

int aclrtGetDeviceCount(std::uint32_t* count)
{
    PLANTED("aclrtGetDeviceCount")
    if (!initialised) {
        return not_initialised;
    }
    *count = static_cast<std::uint32_t>(device_count());
    return *count > 0 ? success : no_device;
}

int aclrtSetDevice(std::int32_t number)
{
    PLANTED("aclrtSetDevice")
    if (!initialised) {
        return not_initialised;
    }
    if (number < 0 || number >= device_count()) {
        return invalid_device;
    }
    has_context = true;
    return success;
}

int aclrtDeviceGetUuid(std::int32_t number, acl::Uuid* uuid)
{
    PLANTED("aclrtDeviceGetUuid")
    std::memset(uuid->bytes, 0, sizeof uuid->bytes);
    uuid->bytes[0] = 0x5A;
    uuid->bytes[15] = static_cast<unsigned char>(rule_of("one-device") ? 0 : number);
    return success;
}

int aclrtMalloc(void** memory, std::size_t bytes, int)
{
    PLANTED("aclrtMalloc")
    WITH_CONTEXT
    if (bytes == 0) {
        return invalid_parameter;
    }
    *memory = device_memory().take(bytes);
    return *memory == nullptr ? acl::out_of_memory : success;
}

int aclrtFree(void* memory)
{
    return memory != nullptr && device_memory().give_back(memory) ? success : invalid_parameter;
}

int aclrtGetMemInfo(int attribute, std::size_t* free_bytes, std::size_t* total)
{
    PLANTED("aclrtGetMemInfo")
    WITH_CONTEXT
    if (attribute != acl::hbm_memory) {
        return invalid_parameter;
    }
    *free_bytes = device_memory().free_bytes();
    *total = DeviceMemory::total;
    return success;
}

int aclrtMemcpy(void* to, std::size_t room, const void* from, std::size_t bytes, int)
{
    PLANTED("aclrtMemcpy")
    WITH_CONTEXT
    if (bytes > room) {
        return invalid_parameter;
    }
    move_bytes(to, from, bytes);
    return success;
}

int aclrtMemcpyAsync(void* to, std::size_t room, const void* from, std::size_t bytes, int kind, void* stream)
{
    PLANTED("aclrtMemcpyAsync")
    WITH_CONTEXT
    if (bytes > room || (kind == acl::device_to_device && !(aligned(to) && aligned(from)))) {
        return invalid_parameter;
    }
    stream_of(stream)->put({{}, [=](std::uint64_t) { move_bytes(to, from, bytes); }});
    return success;
}

int aclrtMemset(void* memory, std::size_t room, std::int32_t value, std::size_t bytes)
{
    PLANTED("aclrtMemset")
    WITH_CONTEXT
    if (bytes > room) {
        return invalid_parameter;
    }
    std::memset(memory, value, bytes);
    return success;
}

int aclrtCreateStream(void** stream)
{
    PLANTED("aclrtCreateStream")
    WITH_CONTEXT
    *stream = new Stream();
    return success;
}

/// By force: what hangs on it is left behind with it.
int aclrtDestroyStreamForce(void* stream)
{
    if (stream_of(stream)->idle()) {
        delete stream_of(stream);
    }
    return success;
}

int aclrtCreateEventWithFlag(void** event, std::uint32_t flag)
{
    PLANTED("aclrtCreateEventWithFlag")
    WITH_CONTEXT
    if (flag != acl::event_timed && flag != acl::event_progress) {
        return invalid_parameter;
    }
    *event = new EventHandle(std::make_shared<Event>());
    return success;
}

int aclrtDestroyEvent(void* event)
{
    delete static_cast<EventHandle*>(event);
    return success;
}

int aclrtRecordEvent(void* event, void* stream)
{
    PLANTED("aclrtRecordEvent")
    WITH_CONTEXT
    record_event(event, stream);
    return success;
}

int aclrtQueryEventStatus(void* event, int* status)
{
    PLANTED("aclrtQueryEventStatus")
    const bool done = event_of(event)->done();
    *status = done ? acl::event_complete : 0;
    if (!done) {
        std::this_thread::yield();
    }
    return success;
}

int aclrtEventElapsedTime(float* milliseconds, void* begin, void* end)
{
    PLANTED("aclrtEventElapsedTime")
    return elapsed(begin, end, *milliseconds) ? success : invalid_parameter;
}

}  // extern "C"
