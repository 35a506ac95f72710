// SPDX-License-Identifier: Apache-2.0
#include "collectives/control/wire.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace plumbline::control {
namespace {

std::vector<std::byte> stream_of_two()
{
    std::vector<std::byte> stream = frame_header(Frame::Kind::data, 7, 8, 3);
    for (const int value : {1, 2, 3}) {
        stream.push_back(static_cast<std::byte>(value));
    }
    const auto second = frame_header(Frame::Kind::close, 0, 0, 0);
    stream.insert(stream.end(), second.begin(), second.end());
    return stream;
}

/// The frames of a stream that comes in pieces of at most `piece` bytes.
std::vector<Frame> read(FrameReader& reader, std::span<const std::byte> stream, std::size_t piece)
{
    std::vector<Frame> frames;
    while (!stream.empty()) {
        const auto room = reader.room();
        const std::size_t bytes = std::min({piece, room.size(), stream.size()});
        std::copy_n(stream.begin(), bytes, room.begin());
        stream = stream.subspan(bytes);
        if (auto frame = reader.filled(bytes)) {
            frames.push_back(*std::move(frame));
        }
    }
    return frames;
}

TEST(ControlWire, frames_come_out_whole_however_the_stream_is_cut)
{
    const auto stream = stream_of_two();
    for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
        FrameReader reader(1000);
        const auto frames = read(reader, stream, piece);
        ASSERT_EQ(frames.size(), 2U);
        EXPECT_EQ(frames[0].kind, Frame::Kind::data);
        EXPECT_EQ(frames[0].group, 7U);
        EXPECT_EQ(frames[0].number, 8U);
        EXPECT_EQ(frames[0].payload, (std::vector{std::byte{1}, std::byte{2}, std::byte{3}}));
        EXPECT_EQ(frames[1].kind, Frame::Kind::close);
        EXPECT_TRUE(reader.between_frames());
    }
}

TEST(ControlWire, bytes_that_are_no_frame_are_an_error)
{
    const auto stream = stream_of_two();
    for (const std::size_t at : {0U, 3U, 4U, 7U}) {  // mark and kind
        auto broken = stream;
        broken[at] ^= std::byte{0x40};
        FrameReader reader(1000);
        EXPECT_THROW(read(reader, broken, 32), WireError) << at;
    }
}

TEST(ControlWire, a_promised_length_takes_no_memory_until_bytes_come)
{
    constexpr std::uint64_t most = std::uint64_t{1} << 40;
    FrameReader reader(most);
    read(reader, frame_header(Frame::Kind::data, 0, 0, most), 32);
    EXPECT_LE(reader.room().size(), std::size_t{1} << 20);
    FrameReader strict(1000);
    EXPECT_THROW(read(strict, frame_header(Frame::Kind::data, 0, 0, 1001), 32), WireError);
}

TEST(ControlWire, news_come_back_as_they_were)
{
    const News news{.kind = News::Kind::abort, .status = -5, .sentence = "rank 3 on node2 (pid 99) has left"};
    const auto bytes = encode(news);
    EXPECT_EQ(decode_news(bytes), news);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_THROW(decode_news(std::span(bytes).first(size)), WireError);
    }
}

TEST(ControlWire, text_of_others_has_nothing_that_a_terminal_obeys)
{
    const auto bytes = WireWriter().put_text("a\x1b[2Jb\n", 16).take();
    EXPECT_EQ(WireReader(bytes).get_text(16), "a?[2Jb?");
}

}  // namespace
}  // namespace plumbline::control
