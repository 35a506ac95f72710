// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline {

/// "node[001-063,065],login": names that differ in their last number alone, of the same width, are folded, each once,
/// in order. The sentence of twelve thousand hosts is one word.
std::string fold_host_names(std::span<const std::string> names);

/// The names of such a text, each once, in its order; what fold_host_names() wrote comes back. One pair of brackets a
/// name. Nothing where it is none: an empty name, brackets that don't close, a range that runs backwards or has more
/// than 100,000 names.
std::optional<std::vector<std::string>> expand_host_names(std::string_view text);

}  // namespace plumbline
