// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/command_line/command_table.hpp"

#include <string>

/// Scripts that let a shell complete commands, options, their values, and the names of what `list` prints.
namespace plumbline::app {

std::string bash_completion(const CommandTable& table);
std::string zsh_completion(const CommandTable& table);
std::string fish_completion(const CommandTable& table);

}  // namespace plumbline::app
