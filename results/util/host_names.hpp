// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>

namespace plumbline {

/// "node[001-063,065],login": names that differ in their last number alone, of the same width, are folded, each once,
/// in order. The sentence of twelve thousand hosts is one word.
std::string fold_host_names(std::span<const std::string> names);

}  // namespace plumbline
