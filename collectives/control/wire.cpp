// SPDX-License-Identifier: Apache-2.0
#include "collectives/control/wire.hpp"

#include <algorithm>
#include <utility>

namespace plumbline::control {

namespace {

constexpr std::uint32_t frame_mark = 0x4d424c50;  // "PLBM"
constexpr std::size_t first_room = std::size_t{1} << 20;
constexpr std::size_t longest_sentence = 4096;

}  // namespace

std::span<const std::byte> WireReader::get_bytes(std::size_t size)
{
    if (size > bytes_.size()) {
        throw WireError(say("a message ends too early"));
    }
    const auto taken = bytes_.first(size);
    bytes_ = bytes_.subspan(size);
    return taken;
}

std::string WireReader::get_text(std::size_t width)
{
    std::string text;
    for (const std::byte byte : get_bytes(width)) {
        if (byte == std::byte{}) {
            break;
        }
        const auto code = std::to_integer<unsigned char>(byte);
        text += code < 0x20 || code == 0x7f ? '?' : static_cast<char>(code);
    }
    return text;
}

std::vector<std::byte> frame_header(Frame::Kind kind, std::uint64_t group, std::uint64_t number, std::uint64_t bytes)
{
    return WireWriter().put(frame_mark).put(static_cast<std::uint32_t>(kind)).put(group).put(number).put(bytes).take();
}

std::span<std::byte> FrameReader::room()
{
    if (!in_payload_) {
        return std::span(header_).subspan(have_);
    }
    if (have_ == frame_.payload.size()) {
        const std::uint64_t twice = std::max<std::uint64_t>(first_room, 2 * std::uint64_t{have_});
        frame_.payload.resize(static_cast<std::size_t>(std::min(length_, twice)));
    }
    return std::span(frame_.payload).subspan(have_);
}

std::optional<Frame> FrameReader::filled(std::size_t bytes)
{
    have_ += bytes;
    if (!in_payload_) {
        if (have_ < frame_header_bytes) {
            return std::nullopt;
        }
        WireReader in(header_);
        const auto mark = in.get<std::uint32_t>();
        const auto kind = in.get<std::uint32_t>();
        frame_.kind = static_cast<Frame::Kind>(kind);
        frame_.group = in.get<std::uint64_t>();
        frame_.number = in.get<std::uint64_t>();
        length_ = in.get<std::uint64_t>();
        if (mark != frame_mark || kind < static_cast<std::uint32_t>(Frame::Kind::data) ||
            kind > static_cast<std::uint32_t>(Frame::Kind::close)) {
            throw WireError(say("what came is no message of plumbline"));
        }
        if (length_ > most_bytes_) {
            throw WireError(say("a message announces more bytes than there can be"));
        }
        in_payload_ = true;
        have_ = 0;
    }
    if (have_ < length_) {
        return std::nullopt;
    }
    in_payload_ = false;
    have_ = 0;
    return std::exchange(frame_, Frame{});
}

std::vector<std::byte> encode(const News& news)
{
    const std::size_t length = std::min(news.sentence.size(), longest_sentence);
    return WireWriter()
        .put(static_cast<std::uint32_t>(news.kind))
        .put(news.status)
        .put(static_cast<std::uint32_t>(length))
        .put_text(news.sentence, length)
        .take();
}

News decode_news(std::span<const std::byte> bytes)
{
    WireReader in(bytes);
    const auto kind = in.get<std::uint32_t>();
    News news;
    news.status = in.get<std::int32_t>();
    news.sentence = in.get_text(in.get<std::uint32_t>());
    if (kind < static_cast<std::uint32_t>(News::Kind::broken) || kind > static_cast<std::uint32_t>(News::Kind::abort)) {
        throw WireError(say("news of an unknown kind"));
    }
    news.kind = static_cast<News::Kind>(kind);
    return news;
}

}  // namespace plumbline::control
