// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/layout/contradiction.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace plumbline::app {

/// A key as 'plumbline sign --new-key' writes it. Throws ConfigError.
std::string read_key(const std::string& path);

/// "signed by NAME with key K": what a manifest says of itself. Throws ConfigError.
std::string signer_of(const std::string& manifest_path);

/// Holds a run file and those that were signed with it against a manifest; none where all holds. `key_path`: file of
/// the signer's public key; "" = the manifest's own. Throws ConfigError.
std::vector<Contradiction> contradictions_of(const std::string& manifest_path, const std::string& run_path,
                                             const std::string& key_path);

/// Throws ConfigError where a run file doesn't hold what its hashes and its samples say: whoever signs or copies it
/// would vouch for what was altered.
void refuse_altered(const std::string& run_path);

/// The fact of an anonymised run file: SHA-256 of the file that it was made of.
inline constexpr std::string_view anonymised_from = "anonymised from";

/// Holds an anonymised run file against the file that it was made of: that file's hash, and all samples.
std::vector<Contradiction> differences_from_original(const std::string& anonymised, const std::string& original);

}  // namespace plumbline::app
