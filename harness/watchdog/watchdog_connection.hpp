#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace plumbline {

/// What watchdogs tell each other; all ranks run the same program, so it goes as it lies in memory.
struct WatchMessage {
    enum class Kind : std::uint32_t { hello, beat, goodbye, over };
    std::uint64_t token = 0;  ///< of the launch: others' messages are dropped
    std::uint32_t rank = 0;
    Kind kind = Kind::beat;
    std::uint64_t word = 0;  ///< RankStatus::word()
};

/// A TCP connection that never blocks. Closed by its destructor.
class WatchLine {
public:
    WatchLine() = default;
    explicit WatchLine(int descriptor) : descriptor_(descriptor) {}
    WatchLine(WatchLine&& other) noexcept { *this = std::move(other); }
    WatchLine& operator=(WatchLine&& other) noexcept;
    ~WatchLine();

    /// To the first of WatchListener::addresses() that answers within a moment; closed when none does.
    static WatchLine to(const std::string& addresses);

    bool open() const { return descriptor_ >= 0; }
    /// The other end is gone.
    bool broken() const { return broken_; }
    int descriptor() const { return descriptor_; }
    /// Dropped when the other end doesn't read, or isn't there.
    void send(const WatchMessage& message);
    /// The next whole message that has arrived.
    std::optional<WatchMessage> receive();

private:
    int descriptor_ = -1;
    bool broken_ = false;
    std::array<std::byte, sizeof(WatchMessage)> partial_{};
    std::size_t have_ = 0;
};

/// Where the other ranks connect to.
class WatchListener {
public:
    /// Throws BackendError.
    explicit WatchListener(int ranks);
    WatchListener(const WatchListener&) = delete;
    WatchListener& operator=(const WatchListener&) = delete;
    ~WatchListener();

    /// "PORT ADDRESS ADDRESS ...": IPv4, this host's; loopback only where there is no other.
    std::string addresses() const;
    /// The next connection that says hello with the token, and its rank; nothing within `seconds`.
    std::optional<std::pair<std::size_t, WatchLine>> next(std::uint64_t token, double seconds);

private:
    int descriptor_ = -1;
};

/// Wakes a thread that polls.
class Waker {
public:
    Waker();
    Waker(const Waker&) = delete;
    Waker& operator=(const Waker&) = delete;
    ~Waker();
    void wake() const;
    int descriptor() const { return descriptor_; }

private:
    int descriptor_;
};

}  // namespace plumbline
