// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/launcher_module.hpp"
#include "harness/launch/announced_launch.hpp"

#include <string>
#include <vector>

namespace plumbline::app {

/// The module at `path` or, where that is "", the first that loads of those beside the program, in the order of
/// mpi_flavours(). Opened modules stay open. Throws ConfigError where none can be used. In a build for a simulated MPI
/// the one that is linked.
const MpiModule& mpi_module(const std::string& path, const Variables& get);

/// The file that a module was opened from; "" for one that is linked.
std::string file_of(const MpiModule& module);

/// The flavours of modules, in the order in which they are tried: that of the launcher which started this process
/// first. Pure.
std::vector<std::string> mpi_flavours(const Variables& get);

}  // namespace plumbline::app
