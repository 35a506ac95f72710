// SPDX-License-Identifier: Apache-2.0
#include "tests/fakes/shared_segment.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <optional>
#include <system_error>
#include <thread>

namespace plumbline::fake {

namespace {

constexpr std::size_t header_bytes = 4096;

[[noreturn]] void fail()
{
    throw std::system_error(errno, std::generic_category(), "shared memory of the stand-in");
}

/// Whose file descriptor a name stands for, in this process; nothing where it is another's.
std::optional<int> own_descriptor(const std::string& name)
{
    const std::string own = "/proc/" + std::to_string(getpid()) + "/fd/";
    return name.starts_with(own) ? std::optional(std::stoi(name.substr(own.size()))) : std::nullopt;
}

void* map_shared(const std::string& name, std::size_t bytes)
{
    const int file = open(name.c_str(), O_RDWR | O_CLOEXEC);
    if (file < 0 || ftruncate(file, static_cast<off_t>(bytes)) != 0) {
        fail();
    }
    void* const memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (memory == MAP_FAILED) {
        fail();
    }
    return memory;
}

}  // namespace

std::string SharedSegment::new_name()
{
    const int file = memfd_create("plumbline-fake", MFD_CLOEXEC);
    if (file < 0) {
        fail();
    }
    return "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(file);
}

SharedSegment::SharedSegment(const std::string& name, int ranks)
    : ranks_(ranks),
      bytes_(header_bytes + sizeof(Channel) * static_cast<std::size_t>(ranks) * static_cast<std::size_t>(ranks))
{
    void* const memory = map_shared(name, bytes_);
    header_ = static_cast<Header*>(memory);
    channels_ = reinterpret_cast<Channel*>(static_cast<std::byte*>(memory) + header_bytes);
    header_->joined.fetch_add(1);
    while (header_->joined.load() < ranks) {
        std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
    if (const auto descriptor = own_descriptor(name)) {
        close(*descriptor);
    }
}

SharedSegment::~SharedSegment()
{
    munmap(header_, bytes_);
}

}  // namespace plumbline::fake
