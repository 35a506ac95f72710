// SPDX-License-Identifier: Apache-2.0
#include "harness/host/core_to_core_latency.hpp"

#include "harness/util/timing.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <new>
#include <span>
#include <string>
#include <vector>

namespace plumbline {

namespace {

constexpr std::size_t line_bytes = 128;  // two cache lines: prefetchers fetch in pairs
constexpr int trips_to_warm_up = 16;
constexpr int trips_of_a_batch = 64;
constexpr int latency_batches = 5;
constexpr long spins_before_yield = 20'000;  // in case both ranks run on one core

/// Collective over world: every rank's process id on every rank.
std::vector<int> all_pids(Communicator& world)
{
    auto pids = gather_values(world, static_cast<int>(getpid()), 0);
    pids.resize(static_cast<std::size_t>(world.size()));
    world.broadcast(std::as_writable_bytes(std::span(pids)), 0);
    return pids;
}

void* map_shared(const std::string& name, int flags, std::size_t bytes)
{
    const int file = shm_open(name.c_str(), flags, 0600);
    if (file < 0) {
        return nullptr;
    }
    const bool sized = (flags & O_CREAT) == 0 || ftruncate(file, static_cast<off_t>(bytes)) == 0;
    void* memory = sized ? mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0) : MAP_FAILED;
    close(file);
    return memory == MAP_FAILED ? nullptr : memory;
}

void wait_for(const std::atomic<long>& line, long value)
{
    for (long spins = 0; line.load(std::memory_order_acquire) != value; ++spins) {
        if (spins >= spins_before_yield) {
            sched_yield();
        }
    }
}

}  // namespace

struct CoreToCoreProbe::Lines {
    alignas(line_bytes) std::atomic<long> there{0};
    alignas(line_bytes) std::atomic<long> back{0};
};

std::unique_ptr<CoreToCoreProbe> CoreToCoreProbe::open(Communicator& world, std::optional<int> partner, Side side)
{
    const auto pids = all_pids(world);
    const int creator = partner && side == Side::joins ? *partner : world.rank();
    const std::string name = fmt::format("/plumbline-{}-{}", pids[static_cast<std::size_t>(creator)], creator);
    void* memory = nullptr;
    if (partner && side == Side::creates) {
        shm_unlink(name.c_str());  // left by an earlier process with this id that was killed
        memory = map_shared(name, O_RDWR | O_CREAT | O_EXCL, sizeof(Lines));
        memory = memory == nullptr ? nullptr : new (memory) Lines;
    }
    world.barrier();
    if (partner && side == Side::joins) {
        memory = map_shared(name, O_RDWR, sizeof(Lines));
    }
    const bool good = all_agree(world, !partner || memory != nullptr);
    if (partner && side == Side::creates) {
        shm_unlink(name.c_str());
    }
    if (memory == nullptr) {
        return nullptr;
    }
    std::unique_ptr<CoreToCoreProbe> line(new CoreToCoreProbe(static_cast<Lines*>(memory), side));
    return good ? std::move(line) : nullptr;
}

CoreToCoreProbe::~CoreToCoreProbe()
{
    munmap(lines_, sizeof(Lines));
}

void CoreToCoreProbe::round_trips(int count)
{
    for (int i = 0; i < count; ++i) {
        ++trip_;
        if (side_ == Side::creates) {
            lines_->there.store(trip_, std::memory_order_release);
            wait_for(lines_->back, trip_);
        } else {
            wait_for(lines_->there, trip_);
            lines_->back.store(trip_, std::memory_order_release);
        }
    }
}

double CoreToCoreProbe::one_way_s()
{
    round_trips(trips_to_warm_up);
    double least = std::numeric_limits<double>::infinity();
    for (int batch = 0; batch < latency_batches; ++batch) {
        const double begin = steady_now_s();
        round_trips(trips_of_a_batch);
        least = std::min(least, (steady_now_s() - begin) / (2 * trips_of_a_batch));
    }
    return least;
}

}  // namespace plumbline
