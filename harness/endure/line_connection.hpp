// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/control/socket.hpp"
#include "harness/endure/messages.hpp"

#include <optional>
#include <string>
#include <utility>

namespace plumbline::endure {

/// One TCP connection that carries messages. Closed by its destructor. Used by one thread.
class LineConnection {
public:
    LineConnection() = default;
    explicit LineConnection(control::Socket connected) : socket_(std::move(connected)) {}

    /// To the first address that answers within a few seconds, "ADDRESS:PORT,[ADDRESS]:PORT"; closed where none does.
    static LineConnection to(const std::string& addresses);

    bool open() const { return socket_.open(); }
    int descriptor() const { return socket_.descriptor(); }
    /// Whether the other end is gone, or sent what is no line of a message.
    bool broken() const { return broken_; }
    /// Waits up to a few seconds where the other end doesn't read; broken then.
    void send(const Message& message);
    /// The next message that has arrived; nothing where there is none. Never blocks.
    std::optional<Message> receive();

private:
    control::Socket socket_;
    bool broken_ = false;
    std::string partial_;
};

/// Listens at all addresses of this host, IPv6 and IPv4. Closed by its destructor.
class LineListener {
public:
    /// Throws std::system_error.
    LineListener();
    int descriptor() const { return socket_.descriptor(); }
    /// "ADDRESS:PORT,[ADDRESS]:PORT,...": those of this host that others may reach, loopback last.
    std::string addresses() const;
    /// The next connection; closed where there is none.
    LineConnection accept() const;

private:
    control::Socket socket_;
    int port_ = 0;
};

}  // namespace plumbline::endure
