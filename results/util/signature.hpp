// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

/// Ed25519 (RFC 8032) by libsodium. Keys and signatures are texts in base64.
namespace plumbline {

struct KeyPair {
    std::string public_key;
    std::string secret_key;
};
KeyPair make_key_pair();
/// The public part of a secret key; nothing where it is none.
std::optional<std::string> public_key_of(std::string_view secret_key);
/// Nothing where `secret_key` is no key.
std::optional<std::string> sign(std::string_view text, std::string_view secret_key);
/// False too where key or signature are none.
bool is_signed(std::string_view text, std::string_view signature, std::string_view public_key);

}  // namespace plumbline
