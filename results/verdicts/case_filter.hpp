#pragma once

#include "results/records/record.hpp"
#include "results/verdicts/verdict.hpp"

#include <optional>
#include <string>

namespace plumbline {

/// What a case answers to a key of a target's `where`; nothing when it has no such thing.
std::optional<std::string> property(const CaseIdentity& what, const std::string& key);
/// Whether the target's `where` chooses the case; one with a forced algorithm only where it asks for `algorithm`.
bool matches(const Target& target, const CaseIdentity& what);
/// What it chooses: "pattern=allreduce, bytes=8", or "any case".
std::string describe_where(const Target& target);

}  // namespace plumbline
