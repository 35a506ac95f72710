// SPDX-License-Identifier: Apache-2.0
#include "results/util/sha256.hpp"

#include "collectives/util/error.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <array>
#include <cstddef>
#include <fstream>
#include <vector>

namespace plumbline {

struct Sha256::State {
    crypto_hash_sha256_state sodium{};
};

Sha256::Sha256() : state_(std::make_unique<State>())
{
    crypto_hash_sha256_init(&state_->sodium);
}
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

void Sha256::add(std::string_view bytes)
{
    add(std::as_bytes(std::span(bytes)));
}

void Sha256::add(std::span<const std::byte> bytes)
{
    crypto_hash_sha256_update(&state_->sodium, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

std::string Sha256::finish()
{
    std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
    crypto_hash_sha256_final(&state_->sodium, digest.data());
    std::array<char, 2 * crypto_hash_sha256_BYTES + 1> text{};
    sodium_bin2hex(text.data(), text.size(), digest.data(), digest.size());
    return text.data();
}

namespace report {

std::string sha256(std::string_view data)
{
    Sha256 hash;
    hash.add(data);
    return hash.finish();
}

std::string sha256_of_file(const std::filesystem::path& path)
{
    std::ifstream in(path, std::ios::binary);
    Sha256 hash;
    std::vector<char> piece(std::size_t{1} << 20U);
    while (in) {
        in.read(piece.data(), static_cast<std::streamsize>(piece.size()));
        hash.add({piece.data(), static_cast<std::size_t>(in.gcount())});
    }
    if (!in.eof()) {
        throw ConfigError(say("cannot read '{}' to its end. Check the disk that it is on", path.string()));
    }
    return hash.finish();
}

}  // namespace report
}  // namespace plumbline
