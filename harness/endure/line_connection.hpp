// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/endure/messages.hpp"

#include <optional>
#include <string>

namespace plumbline::endure {

/// One TCP connection that carries messages. Closed by its destructor. Used by one thread.
class LineConnection {
public:
    LineConnection() = default;
    /// Takes over a connected socket.
    explicit LineConnection(int descriptor);
    LineConnection(LineConnection&& other) noexcept;
    LineConnection& operator=(LineConnection&& other) noexcept;
    ~LineConnection();

    /// To the first address that answers within a few seconds, "ADDRESS:PORT,ADDRESS:PORT"; closed where none does.
    static LineConnection to(const std::string& addresses);

    bool open() const { return descriptor_ >= 0; }
    int descriptor() const { return descriptor_; }
    /// Whether the other end is gone, or sent what is no line of a message.
    bool broken() const { return broken_; }
    /// Waits up to a few seconds where the other end doesn't read; broken then.
    void send(const Message& message);
    /// The next message that has arrived; nothing where there is none. Never blocks.
    std::optional<Message> receive();

private:
    int descriptor_ = -1;
    bool broken_ = false;
    std::string partial_;
};

/// Listens at all IPv4 addresses of this host. Closed by its destructor.
class LineListener {
public:
    /// Throws std::system_error.
    LineListener();
    LineListener(const LineListener&) = delete;
    LineListener& operator=(const LineListener&) = delete;
    ~LineListener();
    int descriptor() const { return descriptor_; }
    /// "ADDRESS:PORT,...": those of this host that others may reach, loopback last.
    std::string addresses() const;
    /// The next connection; closed where there is none.
    LineConnection accept() const;

private:
    int descriptor_ = -1;
    int port_ = 0;
};

}  // namespace plumbline::endure
