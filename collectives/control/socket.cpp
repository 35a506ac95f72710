// SPDX-License-Identifier: Apache-2.0
#include "collectives/control/socket.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace plumbline::control {

namespace {

/// As many as the kernel lets wait (net.core.somaxconn).
constexpr int backlog = 65535;

struct Generic {
    sockaddr_storage storage{};
    socklen_t size = sizeof(sockaddr_storage);

    sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

Generic generic(const Address& address)
{
    Generic made;
    if (address.is_ipv4()) {
        sockaddr_in v4{};
        v4.sin_family = AF_INET;
        v4.sin_port = htons(address.port);
        std::memcpy(&v4.sin_addr, address.ip.data() + 12, 4);
        std::memcpy(&made.storage, &v4, sizeof v4);
        made.size = sizeof v4;
    } else {
        sockaddr_in6 v6{};
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(address.port);
        v6.sin6_scope_id = address.scope;
        std::memcpy(&v6.sin6_addr, address.ip.data(), 16);
        std::memcpy(&made.storage, &v6, sizeof v6);
        made.size = sizeof v6;
    }
    return made;
}

void set(int descriptor, int level, int option, int value)
{
    // Those that a system lacks make nothing wrong: a host that vanishes is noticed later.
    ::setsockopt(descriptor, level, option, &value, sizeof value);
}

/// Small messages go at once; a host that vanishes is noticed within some 25 s.
void tune(int descriptor)
{
    set(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
    set(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1);
    set(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, 10);
    set(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, 5);
    set(descriptor, IPPROTO_TCP, TCP_KEEPCNT, 3);
    set(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, 25'000);
}

}  // namespace

Socket::~Socket()
{
    if (open()) {
        ::close(descriptor_);
    }
}

Socket Socket::connect(const Address& to)
{
    Generic address = generic(to);
    Socket socket(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket.open()) {
        return socket;
    }
    tune(socket.descriptor_);
    if (::connect(socket.descriptor_, address.get(), address.size) == 0 || errno == EINPROGRESS || errno == EINTR) {
        return socket;
    }
    const int why = errno;
    socket = Socket();
    errno = why;
    return {};
}

Socket Socket::listen(std::uint16_t port)
{
    for (const int family : {AF_INET6, AF_INET}) {
        Socket socket(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        if (!socket.open()) {
            continue;
        }
        set(socket.descriptor_, SOL_SOCKET, SO_REUSEADDR, 1);
        Address any;  // ::
        if (family == AF_INET6) {
            set(socket.descriptor_, IPPROTO_IPV6, IPV6_V6ONLY, 0);
        } else {
            any.ip[10] = any.ip[11] = 0xff;  // 0.0.0.0
        }
        any.port = port;
        Generic address = generic(any);
        if (::bind(socket.descriptor_, address.get(), address.size) == 0 &&
            ::listen(socket.descriptor_, backlog) == 0) {
            return socket;
        }
        if (errno == EADDRINUSE || errno == EACCES) {
            const int why = errno;
            socket = Socket();
            errno = why;
            return {};
        }
    }
    return {};
}

std::optional<std::pair<Socket, Address>> Socket::accept() const
{
    for (;;) {
        Generic from;
        Socket socket(::accept4(descriptor_, from.get(), &from.size, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (socket.open()) {
            tune(socket.descriptor_);
            return std::pair(std::move(socket), address_of(*from.get()).value_or(Address{}));
        }
        // A connection that its maker has given up already is none; the next one may be there.
        if (errno != EINTR && errno != ECONNABORTED) {
            return std::nullopt;
        }
    }
}

std::optional<Address> Socket::own_address() const
{
    Generic own;
    if (::getsockname(descriptor_, own.get(), &own.size) != 0) {
        return std::nullopt;
    }
    return address_of(*own.get());
}

int Socket::pending_error() const
{
    int error = 0;
    socklen_t size = sizeof error;
    return ::getsockopt(descriptor_, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

Socket::Transfer Socket::send(std::span<const std::byte> data) const
{
    for (;;) {
        const auto sent = ::send(descriptor_, data.data(), data.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent >= 0) {
            return {.outcome = Outcome::some, .bytes = static_cast<std::size_t>(sent)};
        }
        if (errno == EAGAIN) {
            return {};
        }
        if (errno != EINTR) {
            return {.outcome = Outcome::failed, .bytes = 0, .error = errno};
        }
    }
}

Socket::Transfer Socket::receive(std::span<std::byte> into) const
{
    for (;;) {
        const auto got = ::recv(descriptor_, into.data(), into.size(), MSG_DONTWAIT);
        if (got > 0) {
            return {.outcome = Outcome::some, .bytes = static_cast<std::size_t>(got)};
        }
        if (got == 0) {
            return {.outcome = Outcome::ended};
        }
        if (errno == EAGAIN) {
            return {};
        }
        if (errno != EINTR) {
            return {.outcome = Outcome::failed, .bytes = 0, .error = errno};
        }
    }
}

std::optional<Address> address_of(const sockaddr& generic_address)
{
    Address address;
    if (generic_address.sa_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, &generic_address, sizeof v4);
        address.ip[10] = address.ip[11] = 0xff;
        std::memcpy(address.ip.data() + 12, &v4.sin_addr, 4);
        address.port = ntohs(v4.sin_port);
        return address;
    }
    if (generic_address.sa_family == AF_INET6) {
        sockaddr_in6 v6{};
        std::memcpy(&v6, &generic_address, sizeof v6);
        std::memcpy(address.ip.data(), &v6.sin6_addr, 16);
        address.port = ntohs(v6.sin6_port);
        address.scope = v6.sin6_scope_id;
        return address;
    }
    return std::nullopt;
}

}  // namespace plumbline::control
