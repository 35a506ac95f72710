// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <exception>
#include <string>

namespace plumbline {

/// What to tell a user of an exception: the words of this project's own errors as they are, a sentence in place of
/// those of the standard library, which name its functions.
std::string error_text(const std::exception& error);

}  // namespace plumbline
