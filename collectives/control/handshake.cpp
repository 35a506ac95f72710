// SPDX-License-Identifier: Apache-2.0
#include "collectives/control/handshake.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace plumbline::control {

namespace {

constexpr std::uint64_t magic = 0x31306c7274636c70;  // "plctrl01"
constexpr std::size_t version_bytes = 24;
constexpr std::size_t host_bytes = 64;
constexpr std::size_t text_bytes = 512;
constexpr std::size_t start_bytes = 8 + 4 + version_bytes;  // alike in all protocols, so that others can be named
constexpr std::size_t rest_bytes = 4 * 6 + 2 + 8 + 8 + std::tuple_size_v<Nonce> + host_bytes;
constexpr std::size_t challenge_bytes = start_bytes + std::tuple_size_v<Nonce>;
constexpr std::size_t proof_bytes = std::tuple_size_v<Proof>;
constexpr std::size_t decision_bytes = 4 + 4 + 8 + text_bytes;
static_assert(decision_bytes + proof_bytes <= 700);
static_assert(proof_bytes == crypto_auth_BYTES && std::tuple_size_v<Key> == crypto_auth_KEYBYTES);

void require_sodium()
{
    if (sodium_init() < 0) {
        throw std::runtime_error("libsodium finds no source of random numbers");
    }
}

std::span<const std::byte> as_bytes(const std::array<unsigned char, 32>& bytes)
{
    return std::as_bytes(std::span(bytes));
}

std::array<unsigned char, 32> get_32(WireReader& in)
{
    std::array<unsigned char, 32> bytes{};
    std::ranges::transform(in.get_bytes(bytes.size()), bytes.begin(),
                           [](std::byte byte) { return std::to_integer<unsigned char>(byte); });
    return bytes;
}

std::vector<std::byte> start(std::uint32_t protocol, const std::string& version)
{
    return WireWriter().put(magic).put(protocol).put_text(version, version_bytes).take();
}

std::vector<std::byte> encode(const Hello& hello)
{
    return WireWriter()
        .put_bytes(start(hello.protocol, hello.version))
        .put(static_cast<std::uint32_t>(hello.purpose))
        .put(hello.rank)
        .put(hello.size)
        .put(hello.to)
        .put(std::uint32_t{hello.keep})
        .put(hello.pid)
        .put(hello.port)
        .put(hello.launch)
        .put(hello.instance)
        .put_bytes(as_bytes(hello.nonce))
        .put_text(hello.host, host_bytes)
        .take();
}

void decode_rest(std::span<const std::byte> bytes, Hello& hello)
{
    WireReader in(bytes);
    const auto purpose = in.get<std::uint32_t>();
    hello.purpose = static_cast<Hello::Purpose>(purpose);
    hello.rank = in.get<std::int32_t>();
    hello.size = in.get<std::int32_t>();
    hello.to = in.get<std::int32_t>();
    hello.keep = in.get<std::uint32_t>() != 0;
    hello.pid = in.get<std::uint32_t>();
    hello.port = in.get<std::uint16_t>();
    hello.launch = in.get<std::uint64_t>();
    hello.instance = in.get<std::uint64_t>();
    hello.nonce = get_32(in);
    hello.host = in.get_text(host_bytes);
    if (purpose < 1 || purpose > static_cast<std::uint32_t>(Hello::Purpose::lane)) {
        throw WireError(say("a hello for an unknown purpose"));
    }
}

std::vector<std::byte> encode(const Answer& answer)
{
    return WireWriter()
        .put(static_cast<std::uint32_t>(answer.verdict))
        .put(std::uint32_t{answer.keep})
        .put(answer.launch)
        .put_text(answer.text, text_bytes)
        .take();
}

}  // namespace

Key key_of(const std::string& token)
{
    require_sodium();
    const std::string text = "plumbline control plane\n" + token;
    Key key{};
    crypto_generichash(key.data(), key.size(), reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                       nullptr, 0);
    return key;
}

Nonce draw_nonce()
{
    require_sodium();
    Nonce nonce{};
    randombytes_buf(nonce.data(), nonce.size());
    return nonce;
}

std::uint64_t draw_number()
{
    require_sodium();
    std::uint64_t number = 0;
    while (number == 0) {
        randombytes_buf(&number, sizeof number);
    }
    return number;
}

std::uint64_t short_hash(std::span<const std::byte> bytes)
{
    require_sodium();
    std::array<unsigned char, crypto_generichash_BYTES_MIN> hash{};
    crypto_generichash(hash.data(), hash.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                       nullptr, 0);
    return WireReader(std::as_bytes(std::span(hash))).get<std::uint64_t>();
}

Handshake::Handshake(const Key& key, const Hello& hello) : key_(key), hello_(hello)
{
    hello_.nonce = draw_nonce();
    said_ = encode(hello_);
    expect(Step::challenge);
}

Handshake::Handshake(const Key& key) : key_(key)
{
    expect(Step::hello_start);
}

std::vector<std::byte> Handshake::opening() const
{
    return step_ == Step::challenge ? said_ : std::vector<std::byte>();
}

void Handshake::expect(Step step)
{
    step_ = step;
    switch (step) {
        case Step::hello_start:
            wanted_ = start_bytes;
            return;
        case Step::hello_rest:
            wanted_ = rest_bytes;
            return;
        case Step::challenge:
            wanted_ = challenge_bytes;
            return;
        case Step::proof:
            wanted_ = proof_bytes;
            return;
        case Step::answer:
            wanted_ = decision_bytes + proof_bytes;
            return;
        case Step::none:
            wanted_ = 0;
            return;
    }
}

/// Of all that was said up to now.
Proof Handshake::proof(const char* role) const
{
    std::vector<std::byte> text = said_;
    for (const char* at = role; *at != '\0'; ++at) {
        text.push_back(static_cast<std::byte>(*at));
    }
    Proof mac{};
    crypto_auth(mac.data(), reinterpret_cast<const unsigned char*>(text.data()), text.size(), key_.data());
    return mac;
}

std::vector<std::byte> Handshake::take(std::span<const std::byte> bytes)
{
    if (bytes.size() != wanted_) {
        throw std::logic_error("handshake: takes exactly as many bytes as it wants");
    }
    switch (step_) {
        case Step::hello_start:
        case Step::hello_rest:
            return take_hello(bytes);
        case Step::challenge:
            return take_challenge(bytes);
        case Step::proof:
            take_proof(bytes);
            return {};
        case Step::answer:
            take_answer(bytes);
            return {};
        case Step::none:
            break;
    }
    return {};
}

std::vector<std::byte> Handshake::take_hello(std::span<const std::byte> bytes)
{
    said_.insert(said_.end(), bytes.begin(), bytes.end());
    std::vector<std::byte> challenge;
    if (step_ == Step::hello_start) {
        WireReader in(bytes);
        if (in.get<std::uint64_t>() != magic) {
            throw WireError(say("what came is no hello of plumbline"));
        }
        hello_.protocol = in.get<std::uint32_t>();
        hello_.version = in.get_text(version_bytes);
        said_hello_ = true;
        if (hello_.protocol == protocol_number) {
            expect(Step::hello_rest);
            return {};
        }
        other_version_ = fmt::format("protocol {} of plumbline {}", hello_.protocol, hello_.version);
        state_ = State::other_protocol;
        expect(Step::none);
    } else {
        decode_rest(bytes, hello_);
        expect(Step::proof);
    }
    challenge =
        WireWriter().put_bytes(start(protocol_number, PLUMBLINE_VERSION)).put_bytes(as_bytes(draw_nonce())).take();
    said_.insert(said_.end(), challenge.begin(), challenge.end());
    return challenge;
}

std::vector<std::byte> Handshake::take_challenge(std::span<const std::byte> bytes)
{
    said_.insert(said_.end(), bytes.begin(), bytes.end());
    WireReader in(bytes);
    if (in.get<std::uint64_t>() != magic) {
        throw WireError(say("what answers is no plumbline"));
    }
    const auto protocol = in.get<std::uint32_t>();
    const std::string version = in.get_text(version_bytes);
    if (protocol != hello_.protocol) {
        other_version_ = fmt::format("protocol {} of plumbline {}", protocol, version);
        state_ = State::other_protocol;
        expect(Step::none);
        return {};
    }
    const Proof mac = proof("the side that connects");
    const auto sent = as_bytes(mac);
    said_.insert(said_.end(), sent.begin(), sent.end());
    expect(Step::answer);
    return {sent.begin(), sent.end()};
}

void Handshake::take_proof(std::span<const std::byte> bytes)
{
    const Proof expected = proof("the side that connects");
    said_.insert(said_.end(), bytes.begin(), bytes.end());
    WireReader in(bytes);
    const Proof given = get_32(in);
    state_ = sodium_memcmp(expected.data(), given.data(), expected.size()) == 0 ? State::proven : State::token_differs;
    expect(Step::none);
}

std::vector<std::byte> Handshake::answer(const Answer& decided)
{
    std::vector<std::byte> bytes = encode(decided);
    said_.insert(said_.end(), bytes.begin(), bytes.end());
    // Who hasn't the key gets nothing that was made with it.
    const Proof mac = state_ == State::proven ? proof("the side that accepts") : Proof{};
    bytes.insert(bytes.end(), as_bytes(mac).begin(), as_bytes(mac).end());
    state_ = decided.verdict == Answer::Verdict::welcome ? State::done : State::refused;
    return bytes;
}

void Handshake::take_answer(std::span<const std::byte> bytes)
{
    const auto decision = bytes.first(decision_bytes);
    said_.insert(said_.end(), decision.begin(), decision.end());
    WireReader in(bytes);
    const auto verdict = in.get<std::uint32_t>();
    answer_.keep = in.get<std::uint32_t>() != 0;
    answer_.launch = in.get<std::uint64_t>();
    answer_.text = in.get_text(text_bytes);
    if (verdict < 1 || verdict > static_cast<std::uint32_t>(Answer::Verdict::refused)) {
        throw WireError(say("an answer of an unknown kind"));
    }
    answer_.verdict = static_cast<Answer::Verdict>(verdict);
    const Proof expected = proof("the side that accepts");
    const Proof given = get_32(in);
    if (sodium_memcmp(expected.data(), given.data(), expected.size()) != 0) {
        answer_ = {.verdict = Answer::Verdict::token_differs, .keep = false, .launch = 0, .text = ""};
    }
    state_ = answer_.verdict == Answer::Verdict::welcome ? State::done : State::refused;
    expect(Step::none);
}

}  // namespace plumbline::control
