// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/launcher_module.hpp"
#include "harness/launch/launch_start.hpp"

#include <functional>
#include <memory>
#include <string>

namespace plumbline::app {

/// The secret that the ranks of a launch share: of --token-file, else of PLUMBLINE_TOKEN; "" where there is none.
/// Throws ConfigError for a file that can't be read, or is empty.
std::string read_token(const LauncherOptions& options, const Variables& get);

/// Collective over the ranks of the launch, which meet as `start` says, with the token and in the time of `options`;
/// one rank meets nobody. Throws ConfigError, naming who didn't come, or was refused. Where several ranks share no
/// token, rank 0 warns on stderr.
std::unique_ptr<LaunchSession> join_over_tcp(const LaunchStart& start, const LauncherOptions& options,
                                             const Variables& get, const std::function<bool()>& interrupted);

/// What this host calls itself.
std::string own_host_name();

}  // namespace plumbline::app
