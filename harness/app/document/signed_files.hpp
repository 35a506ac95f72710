// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/util/sentence.hpp"
#include "results/layout/contradiction.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace plumbline::app {

/// A key as 'plumbline sign --new-key' writes it. Throws ConfigError.
std::string read_key(const std::string& path);

/// "signed by NAME with key K". Whose key it is nobody knows from the manifest itself, which anybody can make:
/// `key_is_known` where it was held against one that the user has. Throws ConfigError.
Sentence signer_of(const std::string& manifest_path, bool key_is_known);

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
