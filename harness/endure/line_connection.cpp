// SPDX-License-Identifier: Apache-2.0
#include "harness/endure/line_connection.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <sstream>
#include <system_error>
#include <utility>
#include <vector>

namespace plumbline::endure {

namespace {

constexpr int patience_ms = 5000;
/// Longer is no message.
constexpr std::size_t longest_line = 4U << 20U;

[[noreturn]] void fail(const char* what)
{
    throw std::system_error(errno, std::generic_category(), what);
}

void prepare(int descriptor)
{
    const int yes = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof yes);
    fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK);
    fcntl(descriptor, F_SETFD, FD_CLOEXEC);
}

bool wait_for(int descriptor, short what)
{
    pollfd one{descriptor, what, 0};
    int got = 0;
    do {
        got = ::poll(&one, 1, patience_ms);
    } while (got < 0 && errno == EINTR);
    return got > 0;
}

int connected(const std::string& address, int port)
{
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(port));
    if (inet_pton(AF_INET, address.c_str(), &to.sin_addr) != 1) {
        return -1;
    }
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) {
        return -1;
    }
    prepare(descriptor);
    int error = 0;
    socklen_t size = sizeof error;
    const int began = ::connect(descriptor, reinterpret_cast<const sockaddr*>(&to), sizeof to);
    if (began == 0 || (errno == EINPROGRESS && wait_for(descriptor, POLLOUT) &&
                       getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0)) {
        return descriptor;
    }
    ::close(descriptor);
    return -1;
}

}  // namespace

LineConnection::LineConnection(int descriptor) : descriptor_(descriptor)
{
    if (descriptor_ >= 0) {
        prepare(descriptor_);
    }
}

LineConnection::LineConnection(LineConnection&& other) noexcept
{
    *this = std::move(other);
}

LineConnection& LineConnection::operator=(LineConnection&& other) noexcept
{
    std::swap(descriptor_, other.descriptor_);
    std::swap(broken_, other.broken_);
    std::swap(partial_, other.partial_);
    return *this;
}

LineConnection::~LineConnection()
{
    if (descriptor_ >= 0) {
        ::close(descriptor_);
    }
}

LineConnection LineConnection::to(const std::string& addresses)
{
    std::istringstream all(addresses);
    for (std::string one; std::getline(all, one, ',');) {
        const std::size_t colon = one.rfind(':');
        int port = 0;
        if (colon == std::string::npos) {
            continue;
        }
        std::from_chars(one.data() + colon + 1, one.data() + one.size(), port);
        if (const int descriptor = connected(one.substr(0, colon), port); descriptor >= 0) {
            return LineConnection(descriptor);
        }
    }
    return {};
}

void LineConnection::send(const Message& message)
{
    const std::string line = format_message(message);
    for (std::size_t sent = 0; sent < line.size() && open() && !broken_;) {
        const auto got = ::send(descriptor_, line.data() + sent, line.size() - sent, MSG_NOSIGNAL);
        if (got > 0) {
            sent += static_cast<std::size_t>(got);
        } else if (errno == EAGAIN) {
            broken_ = !wait_for(descriptor_, POLLOUT);
        } else if (errno != EINTR) {
            broken_ = true;
        }
    }
}

std::optional<Message> LineConnection::receive()
{
    while (open()) {
        if (const std::size_t end = partial_.find('\n'); end != std::string::npos) {
            auto message = parse_message(std::string_view(partial_).substr(0, end));
            partial_.erase(0, end + 1);
            broken_ = broken_ || !message;
            return message;
        }
        if (broken_ || partial_.size() > longest_line) {
            broken_ = true;
            return std::nullopt;
        }
        std::array<char, 16384> more{};
        const auto got = ::recv(descriptor_, more.data(), more.size(), 0);
        if (got > 0) {
            partial_.append(more.data(), static_cast<std::size_t>(got));
        } else if (got < 0 && errno == EINTR) {
            continue;
        } else {
            broken_ = broken_ || got == 0 || errno != EAGAIN;
            return std::nullopt;
        }
    }
    return std::nullopt;
}

LineListener::LineListener() : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0))
{
    sockaddr_in own{};
    own.sin_family = AF_INET;
    own.sin_addr.s_addr = htonl(INADDR_ANY);
    socklen_t size = sizeof own;
    constexpr int most_waiting = 4096;
    if (descriptor_ < 0 || ::bind(descriptor_, reinterpret_cast<const sockaddr*>(&own), sizeof own) != 0 ||
        ::listen(descriptor_, most_waiting) != 0 ||
        ::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&own), &size) != 0) {
        fail("listening for the job");
    }
    port_ = ntohs(own.sin_port);
}

LineListener::~LineListener()
{
    if (descriptor_ >= 0) {
        ::close(descriptor_);
    }
}

std::string LineListener::addresses() const
{
    ifaddrs* interfaces = nullptr;
    if (::getifaddrs(&interfaces) != 0) {
        fail("addresses of this host");
    }
    std::vector<std::string> found;
    for (const ifaddrs* one = interfaces; one != nullptr; one = one->ifa_next) {
        if (one->ifa_addr == nullptr || one->ifa_addr->sa_family != AF_INET || (one->ifa_flags & IFF_UP) == 0 ||
            (one->ifa_flags & IFF_LOOPBACK) != 0) {
            continue;
        }
        std::array<char, INET_ADDRSTRLEN> text{};
        const auto* address = reinterpret_cast<const sockaddr_in*>(one->ifa_addr);
        inet_ntop(AF_INET, &address->sin_addr, text.data(), text.size());
        found.push_back(fmt::format("{}:{}", text.data(), port_));
    }
    ::freeifaddrs(interfaces);
    found.push_back(fmt::format("127.0.0.1:{}", port_));
    return fmt::format("{}", fmt::join(found, ","));
}

LineConnection LineListener::accept() const
{
    return LineConnection(::accept4(descriptor_, nullptr, nullptr, SOCK_CLOEXEC));
}

}  // namespace plumbline::endure
