// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/command_line/command_table.hpp"

#include <string_view>
#include <vector>

namespace plumbline::app {

/// Of one command, in the order to print them in; none for a name that is no command.
std::vector<Example> examples_of(std::string_view command);

/// What to type first, on a machine that has just got the program.
std::vector<Example> first_steps();

}  // namespace plumbline::app
