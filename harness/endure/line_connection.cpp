// SPDX-License-Identifier: Apache-2.0
#include "harness/endure/line_connection.hpp"

#include "collectives/control/address.hpp"
#include "collectives/control/interfaces.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <optional>
#include <sstream>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace plumbline::endure {

namespace {

constexpr int patience_ms = 5000;
/// Longer is no message.
constexpr std::size_t longest_line = 4U << 20U;

bool wait_for(int descriptor, short what)
{
    pollfd one{descriptor, what, 0};
    int got = 0;
    do {
        got = ::poll(&one, 1, patience_ms);
    } while (got < 0 && errno == EINTR);
    return got > 0;
}

/// Closed where nobody answers there.
control::Socket connected(const std::string& address, std::uint16_t port)
{
    std::string why_not;
    for (const control::Address& to : control::resolve(address, port, why_not)) {
        control::Socket socket = control::Socket::connect(to);
        if (socket.open() && wait_for(socket.descriptor(), POLLOUT) && socket.pending_error() == 0) {
            return socket;
        }
    }
    return {};
}

}  // namespace

LineConnection LineConnection::to(const std::string& addresses)
{
    std::istringstream all(addresses);
    for (std::string one; std::getline(all, one, ',');) {
        const std::size_t colon = one.rfind(':');
        std::uint16_t port = 0;
        if (colon == std::string::npos ||
            std::from_chars(one.data() + colon + 1, one.data() + one.size(), port).ec != std::errc()) {
            continue;
        }
        if (control::Socket socket = connected(one.substr(0, colon), port); socket.open()) {
            return LineConnection(std::move(socket));
        }
    }
    return {};
}

void LineConnection::send(const Message& message)
{
    const std::string line = format_message(message);
    for (std::size_t sent = 0; sent < line.size() && open() && !broken_;) {
        const auto got = ::send(descriptor(), line.data() + sent, line.size() - sent, MSG_NOSIGNAL);
        if (got > 0) {
            sent += static_cast<std::size_t>(got);
        } else if (errno == EAGAIN) {
            broken_ = !wait_for(descriptor(), POLLOUT);
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
        const auto got = ::recv(descriptor(), more.data(), more.size(), 0);
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

LineListener::LineListener() : socket_(control::Socket::listen(0))
{
    const auto own = socket_.open() ? socket_.own_address() : std::nullopt;
    if (!own) {
        throw std::system_error(errno, std::generic_category(), "listening for the job");
    }
    port_ = own->port;
}

std::string LineListener::addresses() const
{
    std::vector<std::string> found;
    for (const bool loopback : {false, true}) {
        for (const control::InterfaceAddress& one : control::own_interfaces()) {
            if (one.loopback == loopback) {
                found.push_back(control::host_and_port(one.ip, port_));
            }
        }
    }
    return fmt::format("{}", fmt::join(found, ","));
}

LineConnection LineListener::accept() const
{
    auto next = socket_.accept();
    return next ? LineConnection(std::move(next->first)) : LineConnection();
}

}  // namespace plumbline::endure
