// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace plumbline {

/// A message between watchdogs, sent in its memory layout: all ranks run the same program.
struct WatchMessage {
    enum class Kind : std::uint32_t { hello, beat, goodbye, over };
    std::uint64_t token = 0;  ///< of the launch; messages with another token are dropped
    std::uint32_t rank = 0;
    Kind kind = Kind::beat;
    std::uint64_t word = 0;  ///< RankStatus::word()
};

/// A TCP connection that never blocks. Closed by its destructor.
class WatchdogConnection {
public:
    WatchdogConnection() = default;
    explicit WatchdogConnection(int descriptor) : descriptor_(descriptor) {}
    WatchdogConnection(WatchdogConnection&& other) noexcept { *this = std::move(other); }
    WatchdogConnection& operator=(WatchdogConnection&& other) noexcept;
    ~WatchdogConnection();

    /// Connects to the first of WatchdogListener::addresses() that answers soon; closed where none does.
    static WatchdogConnection to(const std::string& addresses);

    bool open() const { return descriptor_ >= 0; }
    /// Whether the other end is gone.
    bool broken() const { return broken_; }
    int descriptor() const { return descriptor_; }
    /// Never blocks: drops the message where the other end does not read, or is gone.
    void send(const WatchMessage& message);
    /// The next complete message that has arrived; nothing where there is none.
    std::optional<WatchMessage> receive();

private:
    int descriptor_ = -1;
    bool broken_ = false;
    std::array<std::byte, sizeof(WatchMessage)> partial_{};
    std::size_t have_ = 0;
};

/// The socket of rank 0 to which the other ranks connect.
class WatchdogListener {
public:
    /// Throws BackendError.
    explicit WatchdogListener(int ranks);
    WatchdogListener(const WatchdogListener&) = delete;
    WatchdogListener& operator=(const WatchdogListener&) = delete;
    ~WatchdogListener();

    /// "PORT ADDRESS ADDRESS ...": IPv4, this host's; loopback only where there is no other.
    std::string addresses() const;
    /// The next connection that sends a hello with the token, and its rank; nothing where none does within `seconds`.
    std::optional<std::pair<std::size_t, WatchdogConnection>> next(std::uint64_t token, double seconds);

private:
    int descriptor_ = -1;
};

/// A pipe that wakes a thread from poll().
class WakeupPipe {
public:
    WakeupPipe();
    WakeupPipe(const WakeupPipe&) = delete;
    WakeupPipe& operator=(const WakeupPipe&) = delete;
    ~WakeupPipe();
    void wake() const;
    int descriptor() const { return descriptor_; }

private:
    int descriptor_;
};

}  // namespace plumbline
