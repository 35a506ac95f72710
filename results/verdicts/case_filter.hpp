// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/records/case_identity.hpp"
#include "results/verdicts/target.hpp"

#include <optional>
#include <string>

namespace plumbline {

struct CaseHeader;
struct RunData;

/// What a case answers to a key of a target's `where`; nothing when it has no such thing.
std::optional<std::string> property(const CaseIdentity& what, const std::string& key);
/// Whether the target's `where` chooses the case; one with a forced algorithm only where it asks for `algorithm`.
bool matches(const Target& target, const CaseIdentity& what);
/// The same. Of what a log reported a target that names "timing" or "chain" speaks where the log says it, one that
/// doesn't speaks of it in any case: a log has one regime only.
bool matches(const Target& target, const CaseHeader& header);
/// What it chooses: "pattern=allreduce, bytes=8", or "any case".
Sentence describe_where(const Target& target);
/// "pattern=allreduce, bytes=1 MiB or more", as its author wrote it.
std::string written_where(const Target& target);
/// Why no case of the run is chosen: the first condition of `where`, the pattern's before the others, that no case
/// meets which met those before it.
Sentence no_match_reason(const Target& target, const RunData& run);

}  // namespace plumbline
