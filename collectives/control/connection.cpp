// SPDX-License-Identifier: Apache-2.0
#include "collectives/control/connection.hpp"

#include <poll.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

namespace plumbline::control {

namespace {

/// More is surely a mistake of who sends: 1 TiB.
constexpr std::uint64_t most_frame_bytes = std::uint64_t{1} << 40;
/// Up to here a payload is copied behind its header: one system call, one packet.
constexpr std::size_t small_payload = std::size_t{32} << 10;
/// A connection that has much to say leaves the turn to others after so many bytes.
constexpr std::size_t most_bytes_a_turn = std::size_t{4} << 20;

std::string text_of(int error)
{
    return std::strerror(error);
}

}  // namespace

double now_s()
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

Connection::Connection(const Key& key, const Hello& hello)
    : key_(key), hello_(hello), handshake_(key), dialled_(true), reader_(most_frame_bytes)
{
    enter(Stage::resting);
}

Connection::Connection(const Key& key, Socket socket, const Address& from)
    : key_(key), handshake_(key), socket_(std::move(socket)), remote_(from), dialled_(false), reader_(most_frame_bytes)
{
    enter(Stage::shaking);
}

void Connection::enter(Stage stage)
{
    stage_ = stage;
    since_s_ = now_s();
}

void Connection::dial(const Address& to)
{
    remote_ = to;
    ++tries_;
    shake_in_.clear();
    shake_out_.clear();
    handshake_ = Handshake(key_, hello_);
    socket_ = Socket::connect(to);
    if (!socket_.open()) {
        fail(text_of(errno));
        return;
    }
    enter(Stage::connecting);
}

void Connection::rest(double seconds, const std::string& why)
{
    why_ = why;
    socket_ = Socket();
    enter(Stage::resting);
    retry_at_s_ = since_s_ + seconds;
}

void Connection::close(const std::string& why)
{
    why_ = why;
    socket_ = Socket();
    out_.clear();
    shake_out_.clear();
    enter(Stage::closed);
}

/// A connection that isn't open yet is tried again, by its owner's decision; others are over.
void Connection::fail(const std::string& why)
{
    if (dialled_ && stage_ != Stage::open) {
        rest(never_s, why);
    } else {
        close(why);
    }
}

short Connection::events() const
{
    if (!socket_.open()) {
        return 0;
    }
    const bool sends = !shake_out_.empty() || (stage_ == Stage::open && !out_.empty() && !deaf_);
    return static_cast<short>(stage_ == Stage::connecting ? POLLOUT : POLLIN | (sends ? POLLOUT : 0));
}

void Connection::ready(const Gate& gate, const std::function<void(Connection&, Frame)>& deliver)
{
    if (stage_ == Stage::connecting) {
        if (const int error = socket_.pending_error(); error != 0) {
            fail(text_of(error));
            return;
        }
        shake_out_ = handshake_.opening();
        enter(Stage::shaking);
    }
    read(gate, deliver);
    write();
}

void Connection::read(const Gate& gate, const std::function<void(Connection&, Frame)>& deliver)
{
    while (stage_ == Stage::shaking && !answered_no_) {
        if (!shake(gate)) {
            return;
        }
    }
    if (stage_ == Stage::open) {
        read_frames(deliver);
    }
}

/// One piece of the handshake; false where no more can be read now.
bool Connection::shake(const Gate& gate)
{
    const std::size_t missing = handshake_.wanted() - shake_in_.size();
    const std::size_t have = shake_in_.size();
    shake_in_.resize(handshake_.wanted());
    const auto got = socket_.receive(std::span(shake_in_).last(missing));
    shake_in_.resize(have + got.bytes);
    switch (got.outcome) {
        case Socket::Outcome::blocked:
            return false;
        case Socket::Outcome::ended:
            fail("it closed the connection");
            return false;
        case Socket::Outcome::failed:
            fail(text_of(got.error));
            return false;
        case Socket::Outcome::some:
            break;
    }
    if (got.bytes < missing) {
        return true;
    }
    try {
        const auto said = handshake_.take(std::exchange(shake_in_, {}));
        shake_out_.insert(shake_out_.end(), said.begin(), said.end());
    } catch (const WireError& error) {
        fail(error.what());
        return false;
    }
    return after_handshake_step(gate);
}

bool Connection::after_handshake_step(const Gate& gate)
{
    switch (handshake_.state()) {
        case Handshake::State::going:
            return true;
        case Handshake::State::proven:
        case Handshake::State::token_differs: {
            const Answer decided = gate(*this);
            const auto said = handshake_.answer(decided);
            shake_out_.insert(shake_out_.end(), said.begin(), said.end());
            answered_no_ = decided.verdict != Answer::Verdict::welcome || purpose == Hello::Purpose::join;
            if (!answered_no_) {
                enter(Stage::open);
            }
            return !answered_no_;
        }
        case Handshake::State::done:
            keep = keep && handshake_.answered().keep;
            enter(Stage::open);
            return true;
        case Handshake::State::other_protocol:
            if (dialled_) {
                close("it speaks " + handshake_.other_version());
            } else {
                answered_no_ = true;
                gate(*this);
            }
            return false;
        case Handshake::State::refused:
            close(handshake_.answered().text);
            return false;
    }
    return false;
}

void Connection::read_frames(const std::function<void(Connection&, Frame)>& deliver)
{
    for (std::size_t taken = 0; taken < most_bytes_a_turn && stage_ == Stage::open;) {
        const auto got = socket_.receive(reader_.room());
        if (got.outcome == Socket::Outcome::blocked) {
            return;
        }
        if (got.outcome != Socket::Outcome::some) {
            close(got.outcome == Socket::Outcome::ended ? "" : text_of(got.error));
            return;
        }
        taken += got.bytes;
        try {
            auto frame = reader_.filled(got.bytes);
            if (frame && frame->kind == Frame::Kind::close) {
                close_received_ = true;
                // A parent that leaves waits until its child does so of itself.
                if (purpose != Hello::Purpose::edge || dialled_) {
                    begin_close();
                } else {
                    finish_close();
                }
            } else if (frame) {
                deliver(*this, *std::move(frame));
            }
        } catch (const WireError& error) {
            close(error.what());
        }
    }
}

void Connection::post(Frame::Kind kind, std::uint64_t group, std::uint64_t number, std::span<const std::byte> payload)
{
    last_used_s = now_s();
    Piece piece{.owned = frame_header(kind, group, number, payload.size()), .borrowed = {}, .sent = 0};
    if (payload.size() <= small_payload) {
        piece.owned.insert(piece.owned.end(), payload.begin(), payload.end());
    } else {
        piece.borrowed = payload;
    }
    out_.push_back(std::move(piece));
    if (stage_ == Stage::open) {
        write();
    }
}

void Connection::begin_close()
{
    if (!close_sent_ && stage_ == Stage::open) {
        post(Frame::Kind::close, 0, 0, {});
        close_sent_ = true;
    }
    finish_close();
}

void Connection::finish_close()
{
    if (stage_ == Stage::open && close_sent_ && close_received_ && (out_.empty() || deaf_)) {
        close("");
    }
}

void Connection::write()
{
    while (!shake_out_.empty() && (stage_ == Stage::shaking || stage_ == Stage::open)) {
        const auto sent = socket_.send(shake_out_);
        if (sent.outcome == Socket::Outcome::failed) {
            fail(text_of(sent.error));
        }
        if (sent.outcome != Socket::Outcome::some) {
            return;
        }
        shake_out_.erase(shake_out_.begin(), shake_out_.begin() + static_cast<std::ptrdiff_t>(sent.bytes));
    }
    if (answered_no_ && shake_out_.empty() && stage_ == Stage::shaking) {
        close(why_);
        return;
    }
    while (stage_ == Stage::open && !out_.empty() && !deaf_) {
        Piece& piece = out_.front();
        const bool in_header = piece.sent < piece.owned.size();
        const auto rest = in_header ? std::span<const std::byte>(piece.owned).subspan(piece.sent)
                                    : piece.borrowed.subspan(piece.sent - piece.owned.size());
        const auto sent = rest.empty() ? Socket::Transfer{.outcome = Socket::Outcome::some} : socket_.send(rest);
        if (sent.outcome == Socket::Outcome::failed) {
            deaf_ = true;  // why, reading will tell: news may lie there
            out_.clear();
            return;
        }
        if (sent.outcome == Socket::Outcome::blocked) {
            return;
        }
        piece.sent += sent.bytes;
        if (piece.sent == piece.owned.size() + piece.borrowed.size()) {
            out_.pop_front();
        }
    }
    // One that was opened for what was queued has served.
    if (stage_ == Stage::open && dialled_ && !keep && out_.empty() && purpose == Hello::Purpose::lane) {
        close("");
        return;
    }
    finish_close();
}

}  // namespace plumbline::control
