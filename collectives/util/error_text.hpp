// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/util/sentence.hpp"

#include <exception>
#include <string>

namespace plumbline {

/// What to tell a user of an exception: the words of this project's own errors as they are, a sentence in place of
/// those of the standard library, which name its functions.
Sentence error_said(const std::exception& error);
std::string error_text(const std::exception& error);  ///< the same in English

}  // namespace plumbline
