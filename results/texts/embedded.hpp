// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/util/embedded_file.hpp"

#include <span>

namespace plumbline {

/// The catalogues of languages, results/texts/languages/*.
std::span<const EmbeddedFile> catalogues();

}  // namespace plumbline
