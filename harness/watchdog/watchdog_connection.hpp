// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/control/socket.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace plumbline {

/// What one rank is known to do, on its way up the tree.
struct WatchEntry {
    enum class Fate : std::uint32_t { alive, left, died };
    std::uint32_t rank = 0;
    std::uint32_t silent_ms = 0;  ///< since it was heard
    std::uint64_t word = 0;       ///< RankStatus::word()
    Fate fate = Fate::alive;
    std::uint32_t unused = 0;  ///< no byte of it is undefined
    bool operator==(const WatchEntry&) const = default;
};

/// A message between watchdogs. Travels in its memory layout: all ranks run the same program.
struct WatchFrame {
    enum class Kind : std::uint32_t {
        hello,    ///< up, first: `from` wants to report to `to`
        welcome,  ///< down, the answer
        states,   ///< up: entries of a rank and of all below it
        beat,     ///< down: rank 0 was heard `silent_ms` ago
        goodbye,  ///< down: nobody watches from here on
        over,     ///< both ways: the launch has ended
    };
    Kind kind = Kind::beat;
    std::uint32_t from = 0;
    std::uint32_t to = 0;
    std::uint32_t silent_ms = 0;
    std::vector<WatchEntry> entries = {};
};

/// A connection between two watchdogs that never blocks.
class WatchdogConnection {
public:
    /// `token`: of the launch; a frame with another one breaks the connection.
    WatchdogConnection(control::Socket socket, std::uint64_t token) : socket_(std::move(socket)), token_(token) {}

    /// Whether the other end is gone, or isn't one of ours.
    bool broken() const { return broken_; }
    int descriptor() const { return socket_.descriptor(); }
    const control::Socket& socket() const { return socket_; }

    /// Drops the frame, and says so by false, where the one before is still on its way: states are told again, and what
    /// must arrive (`anyhow`) follows it.
    bool send(const WatchFrame& frame, bool anyhow = false);
    /// Sends what is left of the frame before.
    void flush();
    bool has_unsent() const { return !unsent_.empty(); }
    /// The next complete frame; nothing where there is none. Reads at most once, 16 KiB.
    std::optional<WatchFrame> receive();
    /// Calls of the kernel so far, to send and to receive.
    std::size_t transfers() const { return transfers_; }

private:
    void read();

    control::Socket socket_;
    std::uint64_t token_ = 0;
    bool broken_ = false;
    std::vector<std::byte> unsent_;
    std::vector<std::byte> received_;
    std::size_t taken_ = 0;  ///< of received_
    std::size_t transfers_ = 0;
};

}  // namespace plumbline
