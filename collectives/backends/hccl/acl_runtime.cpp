// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/hccl/acl_runtime.hpp"

#include "collectives/backends/device/find_library.hpp"
#include "collectives/util/error.hpp"

#include <fmt/format.h>

#include <array>
#include <new>
#include <string_view>

namespace plumbline::hccl {

namespace {

/// Newer versions of CANN have the runtime's calls in a library of their own.
constexpr std::array<std::string_view, 2> file_names{"libascendcl.so", "libacl_rt.so"};
constexpr std::array<std::string_view, 3> usual_folders{
    "/usr/local/Ascend/ascend-toolkit/latest/lib64", "/usr/local/Ascend/cann/lib64", "/usr/local/Ascend/latest/lib64"};

std::string uuid_text(const acl::Uuid& uuid)
{
    std::string text = "NPU-";
    for (const unsigned char byte : uuid.bytes) {
        text += fmt::format("{:02x}", byte);
    }
    return text;
}

/// The words without the line ends that the runtime puts between them.
std::string in_one_line(std::string text)
{
    for (char& c : text) {
        c = c == '\n' || c == '\r' || c == '\t' ? ' ' : c;
    }
    return text;
}

}  // namespace

AclRuntime::AclRuntime(const std::string& beside) : library_(device::open_first(file_names, beside, usual_folders))
{
    library_.get("aclInit", calls.init);
    library_.get("aclrtGetVersion", calls.get_version);
    library_.get("aclrtGetSocName", calls.get_soc_name);
    library_.get_if_there("aclGetRecentErrMsg", calls.get_recent_err_msg);
    library_.get("aclrtGetDeviceCount", calls.get_device_count);
    library_.get("aclrtSetDevice", calls.set_device);
    library_.get_if_there("aclrtDeviceGetUuid", calls.device_get_uuid);
    library_.get("aclrtMalloc", calls.malloc);
    library_.get("aclrtFree", calls.free);
    library_.get("aclrtGetMemInfo", calls.get_mem_info);
    library_.get("aclrtMemcpy", calls.memcpy);
    library_.get("aclrtMemcpyAsync", calls.memcpy_async);
    library_.get("aclrtMemset", calls.memset);
    library_.get("aclrtCreateStream", calls.create_stream);
    library_.get("aclrtDestroyStreamForce", calls.destroy_stream);
    library_.get("aclrtCreateEventWithFlag", calls.create_event);
    library_.get("aclrtDestroyEvent", calls.destroy_event);
    library_.get("aclrtRecordEvent", calls.record_event);
    library_.get("aclrtQueryEventStatus", calls.query_event_status);
    library_.get("aclrtEventElapsedTime", calls.event_elapsed_time);
    const acl::Error code = calls.init(nullptr);
    if (code != acl::success && code != acl::already_initialised) {
        throw ConfigError(
            say("{} can't be used (aclInit: code {}, {}). See CANN's own log", path(), code, describe_error(code)));
    }
}

std::string AclRuntime::describe_error(acl::Error code) const
{
    const char* const words = calls.get_recent_err_msg == nullptr ? nullptr : calls.get_recent_err_msg();
    if (words == nullptr || *words == '\0') {
        return fmt::format("see aclError {} in the AscendCL API Reference", code);
    }
    return in_one_line(words);
}

void AclRuntime::fail(acl::Error code, const char* call) const
{
    const std::string words = describe_error(code);
    throw BackendError(call, code, place().empty() ? words : fmt::format("{}; {}", words, place()));
}

const device::Runtime::Names& AclRuntime::names() const
{
    static constexpr Names names{"aclrtGetDeviceCount", "aclrtSetDevice", "aclrtMemcpyAsync"};
    return names;
}

std::string AclRuntime::version() const
{
    std::int32_t major = 0;
    std::int32_t minor = 0;
    std::int32_t patch = 0;
    check(calls.get_version(&major, &minor, &patch), "aclrtGetVersion");
    return fmt::format("{}.{}.{}", major, minor, patch);
}

int AclRuntime::device_count() const
{
    std::uint32_t count = 0;
    check(calls.get_device_count(&count), "aclrtGetDeviceCount");
    return static_cast<int>(count);
}

void AclRuntime::set_device(int number) const
{
    check(calls.set_device(number), "aclrtSetDevice");
}

device::Device AclRuntime::describe(int number) const
{
    const char* const name = calls.get_soc_name();
    device::Device device{.number = number, .name = name == nullptr ? "" : name, .uuid = {}, .bus = {}};
    acl::Uuid uuid{};
    if (calls.device_get_uuid != nullptr && calls.device_get_uuid(number, &uuid) == acl::success) {
        device.uuid = uuid_text(uuid);
    }
    return device;
}

std::byte* AclRuntime::allocate(std::uint64_t bytes) const
{
    void* memory = nullptr;
    const acl::Error code = calls.malloc(&memory, bytes, acl::huge_pages_first);
    if (code == acl::out_of_memory) {
        throw std::bad_alloc();
    }
    check(code, "aclrtMalloc");
    return static_cast<std::byte*>(memory);
}

std::uint64_t AclRuntime::free_bytes() const
{
    std::size_t free_bytes = 0;
    std::size_t total = 0;
    check(calls.get_mem_info(acl::hbm_memory, &free_bytes, &total), "aclrtGetMemInfo");
    return free_bytes;
}

// aclrtMemcpy and aclrtMemset are synchronous: they are over when they return.

void AclRuntime::to_device(std::byte* to, std::span<const std::byte> from) const
{
    check(calls.memcpy(to, from.size(), from.data(), from.size(), acl::host_to_device), "aclrtMemcpy");
}

void AclRuntime::to_host(std::span<std::byte> to, const std::byte* from) const
{
    check(calls.memcpy(to.data(), to.size(), from, to.size(), acl::device_to_host), "aclrtMemcpy");
}

void AclRuntime::fill(std::byte* memory, std::byte value, std::uint64_t bytes) const
{
    check(calls.memset(memory, bytes, std::to_integer<int>(value), bytes), "aclrtMemset");
}

void AclRuntime::copy(std::byte* to, const std::byte* from, std::uint64_t bytes, device::StreamHandle stream) const
{
    check(calls.memcpy_async(to, bytes, from, bytes, acl::device_to_device, stream), "aclrtMemcpyAsync");
}

device::StreamHandle AclRuntime::create_stream() const
{
    acl::Stream stream = nullptr;
    check(calls.create_stream(&stream), "aclrtCreateStream");
    return stream;
}

device::EventHandle AclRuntime::create_event(device::EventKind kind) const
{
    acl::Event event = nullptr;
    const std::uint32_t flag = kind == device::EventKind::timed ? acl::event_timed : acl::event_progress;
    check(calls.create_event(&event, flag), "aclrtCreateEventWithFlag");
    return event;
}

bool AclRuntime::reached(device::EventHandle event) const
{
    int status = 0;
    check(calls.query_event_status(event, &status), "aclrtQueryEventStatus");
    return status == acl::event_complete;
}

double AclRuntime::seconds_between(device::EventHandle begin, device::EventHandle end) const
{
    float milliseconds = 0;
    check(calls.event_elapsed_time(&milliseconds, begin, end), "aclrtEventElapsedTime");
    return 1e-3 * static_cast<double>(milliseconds);
}

}  // namespace plumbline::hccl
