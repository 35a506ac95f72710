#include "collectives/nccl/device.hpp"

#include "collectives/agreement.hpp"
#include "collectives/call_checks.hpp"
#include "collectives/error.hpp"

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <limits>
#include <map>
#include <new>
#include <vector>

namespace plumbline::nccl {

namespace {

std::string uuid_text(const unsigned char (&uuid)[16])
{
    std::string text = "GPU-";
    for (std::size_t i = 0; i < sizeof uuid; ++i) {
        text += i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "";
        text += fmt::format("{:02x}", uuid[i]);
    }
    return text;
}

Device describe_device(const Runtime& runtime, int number)
{
    std::vector<std::byte> properties(cuda::bytes_of_properties);
    runtime.check(runtime.get_device_properties(properties.data(), number), "cudaGetDeviceProperties");
    cuda::DevicePrefix prefix{};
    std::memcpy(&prefix, properties.data(), sizeof prefix);
    std::array<char, 32> bus{};
    runtime.check(runtime.device_get_pci_bus_id(bus.data(), static_cast<int>(bus.size()), number),
                  "cudaDeviceGetPCIBusId");
    return {.number = number,
            .name = std::string(prefix.name, strnlen(prefix.name, sizeof prefix.name)),
            .uuid = uuid_text(prefix.uuid),
            .pci_bus = bus.data()};
}

/// Throws ConfigError, BackendError on this rank alone.
Device take_device(const Runtime& runtime, const BackendSetup& setup)
{
    int count = 0;
    runtime.check(runtime.get_device_count(&count), "cudaGetDeviceCount");
    const int ranks = setup.host.size();
    if (count > 1 && count < ranks) {
        throw ConfigError(
            fmt::format("{} ranks on {} find {} devices (cudaGetDeviceCount). Start at most {} ranks there, "
                        "or let them see more devices",
                        ranks, setup.host_name, count, count));
    }
    const int number = count == 1 ? 0 : setup.host.rank();
    runtime.check(runtime.set_device(number), "cudaSetDevice");
    return describe_device(runtime, number);
}

/// Collective over setup.world: the sentence about the first two ranks of one host on one device, on every rank.
std::optional<std::string> shared_device(const Device& device, const BackendSetup& setup)
{
    const auto all = gather_texts(setup.world, setup.host_name + " " + device.uuid, 0);
    std::map<std::string, std::size_t> owner;
    std::optional<std::string> objection;
    for (std::size_t rank = 0; rank < all.size() && !objection; ++rank) {
        const auto [entry, is_new] = owner.emplace(all[rank], rank);
        if (!is_new) {
            const std::size_t space = all[rank].find(' ');
            objection = fmt::format(
                "ranks {} and {} on {} would share one device, {} (cudaSetDevice). Start at most one "
                "rank a device",
                entry->second, rank, all[rank].substr(0, space), all[rank].substr(space + 1));
        }
    }
    return first_objection(setup.world, objection);
}

}  // namespace

Device choose_device(const Runtime& runtime, const BackendSetup& setup)
{
    Device device;
    std::optional<std::string> objection;
    try {
        device = take_device(runtime, setup);
    } catch (const ConfigError& error) {
        objection = error.what();
    } catch (const BackendError& error) {
        objection = fmt::format("rank {} on {} has no device ({}). Choose another backend there", setup.world.rank(),
                                setup.host_name, error.what());
    }
    if (const auto why = first_objection(setup.world, objection)) {
        throw ConfigError(*why);
    }
    if (const auto why = shared_device(device, setup)) {
        throw ConfigError(*why);
    }
    return device;
}

DeviceBuffer::DeviceBuffer(const Runtime& runtime, std::uint64_t bytes) : runtime_(runtime), bytes_(bytes)
{
    if (bytes > std::numeric_limits<std::ptrdiff_t>::max()) {
        throw std::bad_alloc();
    }
    if (bytes == 0) {
        return;
    }
    void* memory = nullptr;
    const cuda::Error code = runtime.malloc(&memory, bytes);
    if (code == cuda::out_of_memory) {
        throw std::bad_alloc();
    }
    runtime.check(code, "cudaMalloc");
    memory_ = static_cast<std::byte*>(memory);
    try {
        fill(std::byte{0});
    } catch (...) {
        runtime.free(memory_);
        throw;
    }
}

DeviceBuffer::~DeviceBuffer()
{
    if (memory_ != nullptr) {
        runtime_.free(memory_);
    }
}

// Streams of ours don't wait for the default one, on which these copies are: each has to be over when it returns.

void DeviceBuffer::upload(std::uint64_t offset_bytes, std::span<const std::byte> data)
{
    require_range(offset_bytes, data.size(), bytes_);
    if (data.empty()) {
        return;
    }
    runtime_.check(runtime_.memcpy(memory_ + offset_bytes, data.data(), data.size(), cuda::host_to_device),
                   "cudaMemcpy");
    runtime_.check(runtime_.stream_synchronize(nullptr), "cudaStreamSynchronize");
}

void DeviceBuffer::download(std::uint64_t offset_bytes, std::span<std::byte> data) const
{
    require_range(offset_bytes, data.size(), bytes_);
    if (data.empty()) {
        return;
    }
    runtime_.check(runtime_.memcpy(data.data(), memory_ + offset_bytes, data.size(), cuda::device_to_host),
                   "cudaMemcpy");
}

void DeviceBuffer::fill(std::byte value)
{
    if (bytes_ == 0) {
        return;
    }
    runtime_.check(runtime_.memset(memory_, std::to_integer<int>(value), bytes_), "cudaMemset");
    runtime_.check(runtime_.stream_synchronize(nullptr), "cudaStreamSynchronize");
}

Stream::Stream(const Runtime& runtime) : runtime_(runtime)
{
    runtime.check(runtime.stream_create(&stream_, cuda::stream_non_blocking), "cudaStreamCreateWithFlags");
}

Stream::~Stream()
{
    runtime_.stream_destroy(stream_);
}

Stopwatch::Stopwatch(const Runtime& runtime, bool timed) : runtime_(runtime)
{
    const unsigned flags = timed ? cuda::event_default : cuda::event_disable_timing;
    if (timed) {
        runtime.check(runtime.event_create(&begin_, flags), "cudaEventCreateWithFlags");
    }
    runtime.check(runtime.event_create(&end_, flags), "cudaEventCreateWithFlags");
}

Stopwatch::~Stopwatch()
{
    if (begin_ != nullptr) {
        runtime_.event_destroy(begin_);
    }
    if (end_ != nullptr) {
        runtime_.event_destroy(end_);
    }
}

std::optional<double> Stopwatch::seconds() const
{
    if (begin_ == nullptr) {
        return std::nullopt;
    }
    float milliseconds = 0;
    runtime_.check(runtime_.event_elapsed_time(&milliseconds, begin_, end_), "cudaEventElapsedTime");
    return 1e-3 * static_cast<double>(milliseconds);
}

}  // namespace plumbline::nccl
