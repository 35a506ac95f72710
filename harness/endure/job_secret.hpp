// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace plumbline::endure {

/// The word by which a supervisor knows its job. No command line has it, since everybody on a host reads those: it is
/// in the environment of the launcher, and in a file of the soak's folder that its owner alone may read.

/// Launchers pass their environment on: srun, torchrun, MPICH's mpiexec and `plumbline launch` this variable too.
inline constexpr const char* secret_variable = "PLUMBLINE_SOAK_SECRET";
/// "NAME=VALUE" for the launcher: the variable, and its twin by a name of the form that Open MPI's mpirun passes on.
std::vector<std::string> secret_environment(const std::string& secret);

/// On rank 0: from either variable, else from `file`, where hosts share its folder. Throws ConfigError where it is in
/// none of them.
std::string find_secret(const std::function<std::optional<std::string>(const char*)>& variable,
                        const std::string& file);

}  // namespace plumbline::endure
