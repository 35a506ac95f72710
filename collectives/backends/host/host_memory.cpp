// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/host/host_memory.hpp"

#include "collectives/api/call_checks.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <limits>
#include <new>
#include <optional>
#include <random>
#include <string>

namespace plumbline {

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t page_bytes = 4096;
constexpr std::uint64_t line_bytes = 64;
constexpr std::uint64_t huge_page_bytes = 2 << 20U;
constexpr std::uint64_t largest_object = std::numeric_limits<std::ptrdiff_t>::max() / 2;
constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();

/// The number of a file that holds nothing else; nothing for "max" or no file.
std::optional<std::uint64_t> read_number(const fs::path& path)
{
    std::ifstream file(path);
    std::uint64_t number = 0;
    return file >> number ? std::optional(number) : std::nullopt;
}

/// The number behind `key` in a file of lines "key number ...".
std::optional<std::uint64_t> read_field(const fs::path& path, const std::string& key)
{
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with(key + " ")) {
            return std::strtoull(line.c_str() + key.size(), nullptr, 10);
        }
    }
    return std::nullopt;
}

std::uint64_t left_in_control_group(const fs::path& folder)
{
    const auto limit = read_number(folder / "memory.max");
    const auto used = read_number(folder / "memory.current");
    if (!limit || !used) {
        return unlimited;
    }
    // Cached files count as used, but the kernel drops them before it refuses memory.
    const std::uint64_t cache = read_field(folder / "memory.stat", "inactive_file").value_or(0);
    const std::uint64_t held = *used - std::min(*used, cache);
    return *limit - std::min(*limit, held);
}

/// The least that any group from this process's own up to the root leaves.
std::uint64_t left_in_control_groups(const fs::path& root)
{
    const fs::path mount = root / "sys/fs/cgroup";
    std::ifstream file(root / "proc/self/cgroup");
    std::uint64_t least = unlimited;
    for (std::string line; std::getline(file, line);) {
        const std::string version_2 = "0::/";
        if (!line.starts_with(version_2)) {
            continue;
        }
        fs::path folder = mount;
        least = std::min(least, left_in_control_group(folder));
        for (const fs::path& name : fs::path(line.substr(version_2.size()))) {
            folder /= name;
            least = std::min(least, left_in_control_group(folder));
        }
    }
    return least;
}

std::uint64_t rounded_up(std::uint64_t bytes, std::uint64_t unit)
{
    return (bytes + unit - 1) / unit * unit;
}

/// Where in its first page a buffer begins.
std::uint64_t drawn_offset()
{
    thread_local std::minstd_rand draw(std::random_device{}());
    return std::uniform_int_distribution<std::uint64_t>(0, page_bytes / line_bytes - 1)(draw) * line_bytes;
}

}  // namespace

std::uint64_t available_host_bytes(const fs::path& root)
{
    const auto kibibytes = read_field(root / "proc/meminfo", "MemAvailable:");
    return std::min(kibibytes ? *kibibytes * 1024 : unlimited, left_in_control_groups(root));
}

HostBuffer::HostBuffer(std::uint64_t bytes, const HostPlacement& placement) : bytes_(bytes)
{
    if (bytes == 0) {
        return;
    }
    // Linux hands out more than it has and kills a process that then touches it: ask first.
    if (bytes > std::min(available_host_bytes(), largest_object)) {
        throw std::bad_alloc();
    }
    if (placement == HostPlacement{}) {
        memory_ = std::aligned_alloc(page_bytes, rounded_up(bytes, page_bytes));
        data_ = static_cast<std::byte*>(memory_);
    } else {
        const std::uint64_t unit = placement.huge_pages == HugePages::on ? huge_page_bytes : page_bytes;
        const std::uint64_t offset = placement.drawn ? drawn_offset() : 0;
        mapped_ = rounded_up(offset + bytes, unit) + (unit - page_bytes);
        void* const mapped =
            ::mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (mapped == MAP_FAILED) {
            throw std::bad_alloc();
        }
        memory_ = mapped;
        if (placement.huge_pages != HugePages::system) {
            ::madvise(memory_, mapped_, placement.huge_pages == HugePages::on ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
        }
        const auto address = reinterpret_cast<std::uintptr_t>(memory_);
        data_ = static_cast<std::byte*>(memory_) + (rounded_up(address, unit) - address) + offset;
    }
    if (memory_ == nullptr) {
        throw std::bad_alloc();
    }
    std::memset(data_, 0, bytes);
}

HostBuffer::~HostBuffer()
{
    if (mapped_ > 0) {
        ::munmap(memory_, mapped_);
    } else {
        std::free(memory_);
    }
}

void HostBuffer::upload(std::uint64_t offset_bytes, std::span<const std::byte> data)
{
    require_range(offset_bytes, data.size(), bytes_);
    std::copy(data.begin(), data.end(), data_ + offset_bytes);
}

void HostBuffer::download(std::uint64_t offset_bytes, std::span<std::byte> data) const
{
    require_range(offset_bytes, data.size(), bytes_);
    std::copy_n(data_ + offset_bytes, data.size(), data.begin());
}

void HostBuffer::fill(std::byte value)
{
    std::fill_n(data_, bytes_, value);
}

}  // namespace plumbline
