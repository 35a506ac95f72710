// SPDX-License-Identifier: Apache-2.0
// Feeds bytes to all that reads what comes over a connection of the TCP control plane: both sides of the handshake, the
// stream of frames, a roster, news. Whatever they are, it either reads them or throws WireError, and none who lacks the
// key is let in.

#include "collectives/control/handshake.hpp"
#include "collectives/control/roster.hpp"
#include "collectives/control/wire.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

namespace {

using namespace plumbline::control;

using Bytes = std::span<const std::byte>;

void shake(Handshake handshake, Bytes bytes)
{
    while (handshake.wanted() > 0 && handshake.wanted() <= bytes.size()) {
        const Bytes piece = bytes.first(handshake.wanted());
        bytes = bytes.subspan(piece.size());
        static_cast<void>(handshake.take(piece));
    }
    if (handshake.state() == Handshake::State::proven || handshake.state() == Handshake::State::done) {
        std::abort();
    }
}

void read_frames(Bytes bytes)
{
    constexpr std::uint64_t most = 1 << 16;
    FrameReader reader(most);
    while (!bytes.empty()) {
        const auto room = reader.room();
        const std::size_t size = std::min(room.size(), bytes.size());
        std::copy_n(bytes.begin(), size, room.begin());
        bytes = bytes.subspan(size);
        if (const auto frame = reader.filled(size); frame && frame->payload.size() > most) {
            std::abort();
        }
    }
}

template <class Work>
void attempt(Work work)
{
    try {
        work();
    } catch (const WireError&) {
        // as it should be
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static const Key key = key_of("a token that the input doesn't know");
    const Bytes bytes = std::as_bytes(std::span(data, size));
    attempt([&] { shake(Handshake(key), bytes); });
    attempt([&] { shake(Handshake(key, Hello{}), bytes); });
    attempt([&] { read_frames(bytes); });
    // What was read once is written and read as the same.
    attempt([&] {
        const News news = decode_news(bytes);
        if (decode_news(encode(news)) != news) {
            std::abort();
        }
    });
    attempt([&] {
        const Roster roster = decode_roster(bytes, 2);
        if (decode_roster(encode(roster), 2) != roster) {
            std::abort();
        }
    });
    return 0;
}
