// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/backend_module.hpp"

#include <span>
#include <string_view>

namespace plumbline::app {

/// The two that launch() makes itself.
constexpr std::string_view mpi_name = "mpi";
constexpr std::string_view simulator_name = "sim";

/// In the order in which `list backends` prints them.
std::span<const BackendModule> all_backends();

/// Throws ConfigError naming the known backends.
const BackendModule& backend_named(std::string_view name);

}  // namespace plumbline::app
