// SPDX-License-Identifier: Apache-2.0
#include "harness/watchdog/watchdog_connection.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace plumbline {

namespace {

struct Header {
    std::uint64_t token = 0;
    WatchFrame::Kind kind = WatchFrame::Kind::beat;
    std::uint32_t from = 0;
    std::uint32_t to = 0;
    std::uint32_t silent_ms = 0;
    std::uint32_t entries = 0;
    std::uint32_t unused = 0;
};
static_assert(sizeof(Header) == 32 && sizeof(WatchEntry) == 24);

constexpr std::uint32_t most_entries = 1U << 20U;
constexpr std::size_t most_read = std::size_t{16} << 10U;

}  // namespace

bool WatchdogConnection::send(const WatchFrame& frame, bool anyhow)
{
    if (broken_) {
        return false;
    }
    if (has_unsent()) {
        flush();
    }
    if (has_unsent() && !anyhow) {
        return false;
    }
    const Header header{.token = token_,
                        .kind = frame.kind,
                        .from = frame.from,
                        .to = frame.to,
                        .silent_ms = frame.silent_ms,
                        .entries = static_cast<std::uint32_t>(frame.entries.size()),
                        .unused = 0};
    const auto put = [&](std::span<const std::byte> bytes) {
        unsent_.insert(unsent_.end(), bytes.begin(), bytes.end());
    };
    put(std::as_bytes(std::span(&header, 1)));
    put(std::as_bytes(std::span(frame.entries)));
    flush();
    return true;
}

void WatchdogConnection::flush()
{
    while (!broken_ && has_unsent()) {
        const auto sent = socket_.send(unsent_);
        ++transfers_;
        if (sent.outcome == control::Socket::Outcome::failed || sent.outcome == control::Socket::Outcome::ended) {
            broken_ = true;
        } else if (sent.bytes == 0) {
            return;
        }
        unsent_.erase(unsent_.begin(), unsent_.begin() + static_cast<std::ptrdiff_t>(sent.bytes));
    }
}

void WatchdogConnection::read()
{
    if (taken_ > 0) {
        received_.erase(received_.begin(), received_.begin() + static_cast<std::ptrdiff_t>(taken_));
        taken_ = 0;
    }
    std::array<std::byte, most_read> block;
    const auto got = socket_.receive(block);
    ++transfers_;
    received_.insert(received_.end(), block.begin(), block.begin() + static_cast<std::ptrdiff_t>(got.bytes));
    broken_ =
        broken_ || got.outcome == control::Socket::Outcome::ended || got.outcome == control::Socket::Outcome::failed;
}

std::optional<WatchFrame> WatchdogConnection::receive()
{
    const auto complete = [&]() -> std::optional<Header> {
        Header header;
        if (received_.size() - taken_ < sizeof header) {
            return std::nullopt;
        }
        std::memcpy(&header, received_.data() + taken_, sizeof header);
        if (header.token != token_ || header.entries > most_entries || header.kind > WatchFrame::Kind::over) {
            broken_ = true;
            received_.clear();
            taken_ = 0;
            return std::nullopt;
        }
        const std::size_t size = sizeof header + header.entries * sizeof(WatchEntry);
        return received_.size() - taken_ >= size ? std::optional(header) : std::nullopt;
    };
    auto header = complete();
    if (!header && !broken_) {
        read();
        header = complete();
    }
    if (!header) {
        return std::nullopt;
    }
    WatchFrame frame{.kind = header->kind, .from = header->from, .to = header->to, .silent_ms = header->silent_ms};
    frame.entries.resize(header->entries);
    if (!frame.entries.empty()) {
        std::memcpy(frame.entries.data(), received_.data() + taken_ + sizeof *header,
                    frame.entries.size() * sizeof(WatchEntry));
    }
    taken_ += sizeof *header + frame.entries.size() * sizeof(WatchEntry);
    return frame;
}

}  // namespace plumbline
