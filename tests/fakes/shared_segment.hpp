// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>

namespace plumbline::fake {

/// One direction between two ranks: a piece of a message at a time.
struct alignas(64) Channel {
    static constexpr std::size_t room = 32 * 1024;
    std::atomic<std::uint64_t> written;
    std::atomic<std::uint64_t> read;
    std::uint64_t bytes;
    std::byte data[room];
};

/// What the ranks of one communicator share: memory of the host, which goes with the last process that has it.
class SharedSegment {
public:
    /// Makes one, and what the other processes open it by.
    static std::string new_name();
    /// Waits until all `ranks` ranks have opened `name`. Zeroed at first; the name goes when the last one has come.
    SharedSegment(const std::string& name, int ranks);
    ~SharedSegment();
    SharedSegment(const SharedSegment&) = delete;
    SharedSegment& operator=(const SharedSegment&) = delete;

    Channel& channel(int from, int to) { return channels_[from * ranks_ + to]; }
    /// Set by any rank: the communicator is of no use any more.
    std::atomic<int>& broken() { return header_->broken; }
    int ranks() const { return ranks_; }

private:
    struct Header {
        std::atomic<int> joined;
        std::atomic<int> broken;
    };

    int ranks_;
    std::size_t bytes_;
    Header* header_;
    Channel* channels_;
};

}  // namespace plumbline::fake
