// SPDX-License-Identifier: Apache-2.0
#include "harness/watchdog/watchdog_connection.hpp"

#include "collectives/util/error.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <sstream>

namespace plumbline {

namespace {

constexpr int connect_ms = 1000;

[[noreturn]] void fail(const char* call)
{
    throw BackendError(call, errno, std::strerror(errno));
}

sockaddr* generic(sockaddr_in& address)
{
    return reinterpret_cast<sockaddr*>(&address);
}

/// Rank 0 needs one descriptor per rank, in large launches more than a shell's usual limit of 1024.
void allow_descriptors(int ranks)
{
    constexpr int others = 256;
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < static_cast<rlim_t>(ranks + others)) {
        limit.rlim_cur = std::min(static_cast<rlim_t>(ranks + others), limit.rlim_max);
        ::setrlimit(RLIMIT_NOFILE, &limit);
    }
}

bool connects(int descriptor, sockaddr_in address)
{
    if (::connect(descriptor, generic(address), sizeof address) == 0) {
        return true;
    }
    pollfd waiting{descriptor, POLLOUT, 0};
    int error = 0;
    socklen_t size = sizeof error;
    return errno == EINPROGRESS && ::poll(&waiting, 1, connect_ms) == 1 &&
           ::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
}

}  // namespace

WatchdogConnection& WatchdogConnection::operator=(WatchdogConnection&& other) noexcept
{
    std::swap(descriptor_, other.descriptor_);
    std::swap(broken_, other.broken_);
    std::swap(partial_, other.partial_);
    std::swap(have_, other.have_);
    return *this;
}

WatchdogConnection::~WatchdogConnection()
{
    if (descriptor_ >= 0) {
        ::close(descriptor_);
    }
}

WatchdogConnection WatchdogConnection::to(const std::string& addresses)
{
    std::istringstream in(addresses);
    std::uint16_t port = 0;
    std::string text;
    in >> port;
    while (in >> text) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        if (::inet_pton(AF_INET, text.c_str(), &address.sin_addr) != 1) {
            continue;
        }
        WatchdogConnection line(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        if (line.open() && connects(line.descriptor_, address)) {
            return line;
        }
    }
    return {};
}

void WatchdogConnection::send(const WatchMessage& message)
{
    if (open() && !broken_) {
        const auto sent = ::send(descriptor_, &message, sizeof message, MSG_NOSIGNAL | MSG_DONTWAIT);
        broken_ = sent < 0 && errno != EAGAIN && errno != EINTR;
    }
}

std::optional<WatchMessage> WatchdogConnection::receive()
{
    while (open()) {
        const auto got = ::recv(descriptor_, partial_.data() + have_, partial_.size() - have_, MSG_DONTWAIT);
        if (got <= 0) {
            broken_ = broken_ || got == 0 || (errno != EAGAIN && errno != EINTR);
            return std::nullopt;
        }
        have_ += static_cast<std::size_t>(got);
        if (have_ == partial_.size()) {
            WatchMessage message;
            std::memcpy(&message, partial_.data(), sizeof message);
            have_ = 0;
            return message;
        }
    }
    return std::nullopt;
}

WatchdogListener::WatchdogListener(int ranks)
{
    allow_descriptors(ranks);
    descriptor_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_addr.s_addr = htonl(INADDR_ANY);
    if (descriptor_ < 0 || ::bind(descriptor_, generic(any), sizeof any) != 0 ||
        ::listen(descriptor_, std::max(ranks, 1)) != 0) {
        fail("listen");
    }
}

WatchdogListener::~WatchdogListener()
{
    ::close(descriptor_);
}

std::string WatchdogListener::addresses() const
{
    sockaddr_in own{};
    socklen_t size = sizeof own;
    if (::getsockname(descriptor_, generic(own), &size) != 0) {
        fail("getsockname");
    }
    std::string text = fmt::format("{}", ntohs(own.sin_port));
    ifaddrs* list = nullptr;
    std::string loopback;
    bool others = false;
    if (::getifaddrs(&list) == 0) {
        for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
            if (entry->ifa_addr == nullptr || entry->ifa_addr->sa_family != AF_INET) {
                continue;
            }
            sockaddr_in address{};
            std::memcpy(&address, entry->ifa_addr, sizeof address);
            std::array<char, INET_ADDRSTRLEN> shown{};
            ::inet_ntop(AF_INET, &address.sin_addr, shown.data(), shown.size());
            const bool loops = (entry->ifa_flags & IFF_LOOPBACK) != 0;
            others = others || !loops;
            (loops ? loopback : text) += fmt::format(" {}", shown.data());
        }
        ::freeifaddrs(list);
    }
    return others ? text : text + loopback;
}

std::optional<std::pair<std::size_t, WatchdogConnection>> WatchdogListener::next(std::uint64_t token, double seconds)
{
    pollfd waiting{descriptor_, POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(seconds * 1000)) != 1) {
        return std::nullopt;
    }
    WatchdogConnection line(::accept4(descriptor_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!line.open()) {
        return std::nullopt;
    }
    pollfd first{line.descriptor(), POLLIN, 0};
    ::poll(&first, 1, connect_ms);
    const auto hello = line.receive();
    if (!hello || hello->token != token || hello->kind != WatchMessage::Kind::hello) {
        return std::nullopt;
    }
    return std::pair(std::size_t{hello->rank}, std::move(line));
}

WakeupPipe::WakeupPipe() : descriptor_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC))
{
    if (descriptor_ < 0) {
        fail("eventfd");
    }
}

WakeupPipe::~WakeupPipe()
{
    ::close(descriptor_);
}

void WakeupPipe::wake() const
{
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(descriptor_, &one, sizeof one);
}

}  // namespace plumbline
