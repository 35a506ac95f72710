// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/command_line/command_table.hpp"

#include <string>

/// Pages of section 1 in the man macros, for `man`, in the language of the table.
namespace plumbline::app {

/// plumbline.1
std::string man_page(const CommandTable& table);

/// plumbline-COMMAND.1
std::string man_page(const CommandTable& table, const CommandEntry& command);

}  // namespace plumbline::app
