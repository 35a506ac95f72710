// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/util/dynamic_library.hpp"

#include <span>
#include <string>
#include <string_view>

namespace plumbline::device {

/// Opens the first of `names` that is there: beside the library `beside`, where the loader looks, or in the usual
/// folders
/// ("" is left out of both lists). Throws ConfigError of the first one.
DynamicLibrary open_first(std::span<const std::string_view> names, const std::string& beside,
                          std::span<const std::string_view> usual_folders);

}  // namespace plumbline::device
