// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace plumbline::app {

/// Writes all of `text` to stdout, or throws StoreError: a half-written result must not look like a result.
void write_result(const std::string& text);

/// A page or document made of `inputs`: `path` appears as a whole or not at all, and is none of them, nor any
/// run file. Throws ConfigError.
void write_document(const std::string& path, const std::string& text, const std::vector<std::string>& inputs);

}  // namespace plumbline::app
