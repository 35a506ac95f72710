#include "tests/standin/shared_segment.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <chrono>
#include <system_error>
#include <thread>

namespace plumbline::standin {

namespace {

constexpr std::size_t header_bytes = 4096;

void* map_shared(const std::string& name, std::size_t bytes)
{
    const int file = shm_open(name.c_str(), O_RDWR | O_CREAT, 0600);
    if (file < 0 || ftruncate(file, static_cast<off_t>(bytes)) != 0) {
        throw std::system_error(errno, std::generic_category(), "shared memory of the stand-in");
    }
    void* const memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (memory == MAP_FAILED) {
        throw std::system_error(errno, std::generic_category(), "shared memory of the stand-in");
    }
    return memory;
}

}  // namespace

SharedSegment::SharedSegment(const std::string& name, int ranks)
    : ranks_(ranks),
      bytes_(header_bytes + sizeof(Channel) * static_cast<std::size_t>(ranks) * static_cast<std::size_t>(ranks))
{
    void* const memory = map_shared(name, bytes_);
    header_ = static_cast<Header*>(memory);
    channels_ = reinterpret_cast<Channel*>(static_cast<std::byte*>(memory) + header_bytes);
    const bool last = header_->joined.fetch_add(1) + 1 == ranks;
    if (last) {
        shm_unlink(name.c_str());
    }
    while (header_->joined.load() < ranks) {
        std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
}

SharedSegment::~SharedSegment()
{
    munmap(header_, bytes_);
}

}  // namespace plumbline::standin
