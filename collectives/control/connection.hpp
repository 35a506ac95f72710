// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/control/handshake.hpp"
#include "collectives/control/socket.hpp"
#include "collectives/control/wire.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace plumbline::control {

/// Seconds of the monotonic clock.
double now_s();
constexpr double never_s = 1e18;

/// A connection to another rank, from the first attempt to the last frame. It never blocks: its owner polls for
/// events() and calls ready(). Between handshake and end it carries frames in both directions.
class Connection {
public:
    enum class Stage {
        resting,     ///< until retry_at(), when its owner dials again
        connecting,  ///< the kernel is about it
        shaking,     ///< the handshake
        open,
        closed,  ///< see why()
    };

    /// To be dialled: rests until dial().
    Connection(const Key& key, const Hello& hello);
    /// Accepted.
    Connection(const Key& key, Socket socket, const Address& from);

    /// Begins to connect.
    void dial(const Address& to);
    /// Gives this attempt up; what was to be sent is kept.
    void rest(double seconds, const std::string& why);
    void close(const std::string& why);

    Stage stage() const { return stage_; }
    const std::string& why() const { return why_; }
    bool dialled() const { return dialled_; }
    const Address& remote() const { return remote_; }
    const Socket& socket() const { return socket_; }
    double since_s() const { return since_s_; }  ///< when this stage began
    double retry_at_s() const { return retry_at_s_; }
    int tries() const { return tries_; }
    const Handshake& handshake() const { return handshake_; }

    /// For poll(). 0 while it has no socket.
    short events() const;
    /// What accepting side decides about a peer that proved itself, or couldn't.
    using Gate = std::function<Answer(Connection&)>;
    /// Moves on what can be moved; `deliver` gets each complete frame. May close, or rest.
    void ready(const Gate& gate, const std::function<void(Connection&, Frame)>& deliver);

    /// Queues a frame. A large `payload` is referred to until it is sent: see idle().
    void post(Frame::Kind kind, std::uint64_t group, std::uint64_t number, std::span<const std::byte> payload);
    /// Nothing waits to be sent.
    bool idle() const { return out_.empty() && shake_out_.empty(); }
    /// "This side sends nothing more." It closes once the other side has said so too.
    void begin_close();
    bool close_sent() const { return close_sent_; }
    bool close_received() const { return close_received_; }
    /// Whether frames can be queued that will be sent.
    bool takes_frames() const { return stage_ != Stage::closed && !close_sent_ && !close_received_; }
    bool takes_news() const { return stage_ == Stage::open && !close_sent_; }

    // What its owner notes of it.
    int peer = -1;
    Hello::Purpose purpose = Hello::Purpose::lane;
    bool keep = false;         ///< for more than what is queued when it opens
    bool best_effort = false;  ///< nobody minds where it fails
    bool held = false;         ///< stays when it is closed, for who looks at it
    double last_used_s = 0;

private:
    struct Piece {
        std::vector<std::byte> owned;
        std::span<const std::byte> borrowed;
        std::size_t sent = 0;
    };

    void enter(Stage stage);
    void fail(const std::string& why);
    void write();
    bool shake(const Gate& gate);
    bool after_handshake_step(const Gate& gate);
    void read(const Gate& gate, const std::function<void(Connection&, Frame)>& deliver);
    void read_frames(const std::function<void(Connection&, Frame)>& deliver);
    void finish_close();

    Key key_;
    Hello hello_;
    Handshake handshake_;
    Socket socket_;
    Address remote_;
    Stage stage_ = Stage::resting;
    std::string why_;
    bool dialled_;
    bool close_sent_ = false;
    bool close_received_ = false;
    bool answered_no_ = false;  ///< closes once the answer is sent
    bool deaf_ = false;         ///< sending failed; what can be read is still read
    double since_s_ = 0;
    double retry_at_s_ = 0;
    int tries_ = 0;
    std::vector<std::byte> shake_in_;
    std::vector<std::byte> shake_out_;
    FrameReader reader_;
    std::deque<Piece> out_;
};

}  // namespace plumbline::control
