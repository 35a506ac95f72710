// SPDX-License-Identifier: Apache-2.0
#include "results/util/signature.hpp"

#include <sodium.h>

#include <array>
#include <cstddef>
#include <stdexcept>
#include <vector>

namespace plumbline {
namespace {

using PublicKey = std::array<unsigned char, crypto_sign_PUBLICKEYBYTES>;
using SecretKey = std::array<unsigned char, crypto_sign_SECRETKEYBYTES>;
using Signature = std::array<unsigned char, crypto_sign_BYTES>;

void begin()
{
    if (sodium_init() < 0) {
        throw std::runtime_error("libsodium can't start on this machine");
    }
}

template <std::size_t N>
std::string base64(const std::array<unsigned char, N>& bytes)
{
    std::string text(sodium_base64_ENCODED_LEN(N, sodium_base64_VARIANT_ORIGINAL), '\0');
    sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), sodium_base64_VARIANT_ORIGINAL);
    text.resize(text.find('\0'));
    return text;
}

template <std::size_t N>
std::optional<std::array<unsigned char, N>> bytes_of(std::string_view text)
{
    std::array<unsigned char, N> bytes{};
    std::size_t size = 0;
    const int failed = sodium_base642bin(bytes.data(), bytes.size(), text.data(), text.size(), nullptr, &size, nullptr,
                                         sodium_base64_VARIANT_ORIGINAL);
    return failed == 0 && size == N ? std::optional(bytes) : std::nullopt;
}

const unsigned char* bytes_in(std::string_view text)
{
    return reinterpret_cast<const unsigned char*>(text.data());  // NOLINT: the library's type of bytes
}

}  // namespace

KeyPair make_key_pair()
{
    begin();
    PublicKey public_key{};
    SecretKey secret_key{};
    crypto_sign_keypair(public_key.data(), secret_key.data());
    return {.public_key = base64(public_key), .secret_key = base64(secret_key)};
}

std::optional<std::string> public_key_of(std::string_view secret_key)
{
    begin();
    const auto secret = bytes_of<crypto_sign_SECRETKEYBYTES>(secret_key);
    if (!secret) {
        return std::nullopt;
    }
    // The second half of a secret key is its public key. Two signatures by one secret that name different public keys
    // give the secret away, so a damaged key signs nothing.
    PublicKey public_key{};
    SecretKey whole{};
    crypto_sign_seed_keypair(public_key.data(), whole.data(), secret->data());
    return whole == *secret ? std::optional(base64(public_key)) : std::nullopt;
}

std::optional<std::string> sign(std::string_view text, std::string_view secret_key)
{
    if (!public_key_of(secret_key)) {
        return std::nullopt;
    }
    const auto secret = bytes_of<crypto_sign_SECRETKEYBYTES>(secret_key);
    Signature signature{};
    crypto_sign_detached(signature.data(), nullptr, bytes_in(text), text.size(), secret->data());
    return base64(signature);
}

bool is_signed(std::string_view text, std::string_view signature, std::string_view public_key)
{
    begin();
    const auto written = bytes_of<crypto_sign_BYTES>(signature);
    const auto key = bytes_of<crypto_sign_PUBLICKEYBYTES>(public_key);
    return written && key &&
           crypto_sign_verify_detached(written->data(), bytes_in(text), text.size(), key->data()) == 0;
}

}  // namespace plumbline
