// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/control/wire.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace plumbline::control {

constexpr std::uint32_t protocol_number = 1;

using Key = std::array<unsigned char, 32>;
using Nonce = std::array<unsigned char, 32>;
using Proof = std::array<unsigned char, 32>;

/// The key that a token stands for; that of "" is known to everybody.
Key key_of(const std::string& token);
Nonce draw_nonce();
std::uint64_t draw_number();
/// Different for different bytes, as far as anybody will ever see.
std::uint64_t short_hash(std::span<const std::byte> bytes);

/// What the rank that connects says of itself.
struct Hello {
    enum class Purpose : std::uint32_t {
        join = 1,  ///< to rank 0: "I have come"
        edge,      ///< from parent to child in the launch's tree
        lane,      ///< between any two ranks, for frames
    };
    std::uint32_t protocol = protocol_number;
    Purpose purpose = Purpose::join;
    std::int32_t rank = 0;
    std::int32_t size = 1;
    std::int32_t to = 0;  ///< the rank that it wants
    bool keep = false;    ///< a lane that may stay for more than one frame
    std::uint32_t pid = 0;
    std::uint16_t port = 0;      ///< where it listens
    std::uint64_t launch = 0;    ///< drawn by rank 0; 0 while it isn't known
    std::uint64_t instance = 0;  ///< drawn by each process: tells a repeated hello from a second process
    Nonce nonce{};
    std::string version;  ///< of the program, up to 24 bytes
    std::string host;     ///< up to 64 bytes
    bool operator==(const Hello&) const = default;
};

/// What the other side decides.
struct Answer {
    enum class Verdict : std::uint32_t {
        welcome = 1,
        token_differs,
        refused,  ///< for good: `text` is the sentence
    };
    Verdict verdict = Verdict::welcome;
    bool keep = false;
    std::uint64_t launch = 0;
    std::string text;  ///< up to 512 bytes
    bool operator==(const Answer&) const = default;
};

/// Mutual challenge and response over a connection: the side that connects proves first that it has the key, by a MAC
/// (HMAC-SHA-512-256 of libsodium) over all that was said, both nonces and its role; then the other side. Bytes that
/// follow are neither encrypted nor authenticated one by one. Pure but for the random nonces: bytes in, bytes out.
class Handshake {
public:
    /// The side that connects.
    Handshake(const Key& key, const Hello& hello);
    /// The side that accepts.
    explicit Handshake(const Key& key);

    /// The bytes that begin it: empty on the side that accepts.
    std::vector<std::byte> opening() const;
    /// How many bytes the next step takes; 0 where none is expected. Never more than 700.
    std::size_t wanted() const { return wanted_; }
    /// Takes exactly wanted() bytes; what is to be sent. Throws WireError where they are no handshake.
    std::vector<std::byte> take(std::span<const std::byte> bytes);

    enum class State {
        going,
        token_differs,   ///< on the side that accepts: send answer(token_differs)
        proven,          ///< on the side that accepts: the peer has the key; answer() decides
        done,            ///< welcomed; frames follow
        refused,         ///< see answered()
        other_protocol,  ///< the other side's is other_version()
    };
    State state() const { return state_; }
    /// On the side that accepts, once it came; also where the peer's proof is wrong.
    const Hello& hello() const { return hello_; }
    bool said_hello() const { return said_hello_; }
    /// On the side that connects.
    const Answer& answered() const { return answer_; }
    /// "protocol 2 of plumbline 0.3.0".
    const std::string& other_version() const { return other_version_; }
    /// On the side that accepts, in `proven` or `token_differs`: the bytes that end the handshake.
    std::vector<std::byte> answer(const Answer& decided);

private:
    enum class Step { hello_start, hello_rest, challenge, proof, answer, none };

    void expect(Step step);
    Proof proof(const char* role) const;
    std::vector<std::byte> take_hello(std::span<const std::byte> bytes);
    std::vector<std::byte> take_challenge(std::span<const std::byte> bytes);
    void take_proof(std::span<const std::byte> bytes);
    void take_answer(std::span<const std::byte> bytes);

    Key key_;
    Hello hello_;
    Answer answer_;
    std::vector<std::byte> said_;  ///< all bytes up to now, of both sides
    std::string other_version_;
    Step step_ = Step::none;
    State state_ = State::going;
    std::size_t wanted_ = 0;
    bool said_hello_ = false;
};

}  // namespace plumbline::control
