// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline {

/// A file that a signature vouches for.
struct SignedFile {
    std::string role;  ///< "run", "targets" or "report"
    std::string name;  ///< without folders: it lies beside the manifest
    std::uint64_t bytes = 0;
    std::string sha256;
    bool operator==(const SignedFile&) const = default;
};

/// What `plumbline sign` writes: hashes of files, and one Ed25519 signature over all of them.
struct Manifest {
    std::string signer;  ///< as the signer names himself; may be empty
    double signed_unix_s = 0;
    std::string run;      ///< name of the run
    std::string verdict;  ///< "PASS", ...; "" = not judged
    std::vector<SignedFile> files;
    std::string public_key;
    std::string signature;
    bool operator==(const Manifest&) const = default;
};

/// What is signed: everything but the signature, as JSON in one line with its keys in this order.
std::string signed_text(const Manifest& manifest);
/// The file: JSON.
std::string manifest_text(const Manifest& manifest);
/// Throws ConfigError for what is no manifest. `origin`: its name in messages.
Manifest parse_manifest(std::string_view text, const std::string& origin);

}  // namespace plumbline
