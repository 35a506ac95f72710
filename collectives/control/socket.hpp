// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/control/address.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <utility>

struct sockaddr;

namespace plumbline::control {

/// A TCP socket that never blocks and isn't inherited by other programs. Closed by its destructor.
class Socket {
public:
    Socket() = default;
    explicit Socket(int descriptor) : descriptor_(descriptor) {}
    Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    Socket& operator=(Socket&& other) noexcept
    {
        std::swap(descriptor_, other.descriptor_);
        return *this;
    }
    ~Socket();

    /// Begins to connect: writable once that is decided, see pending_error(). Closed, with errno set, where it failed
    /// at once.
    static Socket connect(const Address& to);
    /// Listens at `port` (0 = any) of all addresses, IPv6 and IPv4, or IPv4 alone on a system without IPv6. Closed,
    /// with errno set, where it can't.
    static Socket listen(std::uint16_t port);
    /// The next connection to this listener and where it comes from. Nothing where there is none or, with errno EMFILE,
    /// ENFILE, ENOBUFS or ENOMEM, none can be taken.
    std::optional<std::pair<Socket, Address>> accept() const;

    bool open() const { return descriptor_ >= 0; }
    int descriptor() const { return descriptor_; }
    /// This end's address.
    std::optional<Address> own_address() const;
    /// errno of the connection that began; 0 where it is made.
    int pending_error() const;

    enum class Outcome { some, blocked, ended, failed };
    struct Transfer {
        Outcome outcome = Outcome::blocked;
        std::size_t bytes = 0;
        int error = 0;  ///< errno where it failed
    };
    /// Sends what the kernel takes. Never SIGPIPE.
    Transfer send(std::span<const std::byte> data) const;
    /// Receives what is there. `ended`: the other end has closed.
    Transfer receive(std::span<std::byte> into) const;

private:
    int descriptor_ = -1;
};

/// Nothing for other families.
std::optional<Address> address_of(const sockaddr& generic);

}  // namespace plumbline::control
