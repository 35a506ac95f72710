// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/backend_module.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace plumbline::app {

/// The file plumbline-NAME.so that was built or installed with this program; nothing where there is none.
std::optional<std::filesystem::path> module_path(const std::string& name);

/// The backend module plumbline-NAME.so. `library`: opened before it, so
/// that the module uses this one and not the one that the loader would find; "" = none. Throws ConfigError.
const BackendModule& loaded_module(const std::string& name, const std::string& library);

}  // namespace plumbline::app
