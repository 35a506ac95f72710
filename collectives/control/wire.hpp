// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/util/error.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace plumbline::control {

/// Bytes that are no message of this protocol.
class WireError : public SaidError {
public:
    using SaidError::SaidError;
};

/// Writes integers (little endian) and bytes one after another.
class WireWriter {
public:
    template <class T>
        requires std::is_integral_v<T>
    WireWriter& put(T value)
    {
        const auto bits = static_cast<std::make_unsigned_t<T>>(value);
        for (std::size_t i = 0; i < sizeof(T); ++i) {
            bytes_.push_back(static_cast<std::byte>(bits >> (8 * i)));
        }
        return *this;
    }
    WireWriter& put_bytes(std::span<const std::byte> bytes)
    {
        bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
        return *this;
    }
    /// Cut, or filled with zeros, to `width` bytes.
    WireWriter& put_text(std::string_view text, std::size_t width)
    {
        for (std::size_t i = 0; i < width; ++i) {
            bytes_.push_back(i < text.size() ? static_cast<std::byte>(text[i]) : std::byte{});
        }
        return *this;
    }
    std::vector<std::byte> take() { return std::move(bytes_); }

private:
    std::vector<std::byte> bytes_;
};

/// Reads what WireWriter wrote. Throws WireError where the bytes end before.
class WireReader {
public:
    explicit WireReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

    template <class T>
        requires std::is_integral_v<T>
    T get()
    {
        std::make_unsigned_t<T> bits = 0;
        const auto bytes = get_bytes(sizeof(T));
        for (std::size_t i = 0; i < sizeof(T); ++i) {
            bits = static_cast<std::make_unsigned_t<T>>(bits | (std::make_unsigned_t<T>(bytes[i]) << (8 * i)));
        }
        return static_cast<T>(bits);
    }
    std::span<const std::byte> get_bytes(std::size_t size);
    /// Up to the first zero; characters that a terminal would obey become '?'.
    std::string get_text(std::size_t width);
    bool at_end() const { return bytes_.empty(); }

private:
    std::span<const std::byte> bytes_;
};

/// What follows the handshake on a connection: a header of 32 bytes and `payload`.
struct Frame {
    enum class Kind : std::uint32_t {
        data = 1,  ///< of a collective or a message, for who waits for (source, group, number)
        roster,    ///< who is where: from parent to child, once
        news,      ///< the launch is over; see News
        close,     ///< the sender sends nothing more here
    };
    Kind kind = Kind::data;
    std::uint64_t group = 0;
    std::uint64_t number = 0;
    std::vector<std::byte> payload;
};

constexpr std::size_t frame_header_bytes = 32;

std::vector<std::byte> frame_header(Frame::Kind kind, std::uint64_t group, std::uint64_t number, std::uint64_t bytes);

/// Frames out of a stream of bytes. Where the stream isn't one of frames, next() throws WireError, and the reader is of
/// no use any more.
class FrameReader {
public:
    /// Longer payloads are an error. Memory grows with what has come, not with what a header promises.
    explicit FrameReader(std::uint64_t most_bytes) : most_bytes_(most_bytes) {}

    /// Where the next bytes of the stream belong; never empty.
    std::span<std::byte> room();
    /// `bytes` of room() were filled. The frame that they complete, if they do.
    std::optional<Frame> filled(std::size_t bytes);
    /// Whether the stream may end here.
    bool between_frames() const { return have_ == 0 && !in_payload_; }

private:
    std::uint64_t most_bytes_;
    std::vector<std::byte> header_ = std::vector<std::byte>(frame_header_bytes);
    std::size_t have_ = 0;  ///< of the header, or of the payload
    std::uint64_t length_ = 0;
    bool in_payload_ = false;
    Frame frame_;
};

/// Why the launch is over, as it spreads through the tree.
struct News {
    enum class Kind : std::uint32_t {
        broken = 1,  ///< a rank is gone
        refused,     ///< it didn't come together: the user's error
        abort,       ///< a rank called abort(status)
    };
    Kind kind = Kind::broken;
    std::int32_t status = 0;
    std::string sentence;
    bool operator==(const News&) const = default;
};

std::vector<std::byte> encode(const News& news);
/// Throws WireError.
News decode_news(std::span<const std::byte> bytes);

}  // namespace plumbline::control
