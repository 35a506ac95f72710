// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/util/sentence.hpp"
#include "harness/command_line/command_table.hpp"

#include <string>
#include <string_view>
#include <vector>

/// What is wrong with a command line, without a stop at the end of the sentence.
namespace plumbline::app {

/// `word` stands where a command was expected.
Sentence no_such_command(const CommandTable& table, std::string_view word);

/// `word` is what `program`, which has these options, takes nowhere: "--fromat=json", or an argument too many.
Sentence unexpected_word(std::string_view program, const std::vector<OptionEntry>& options, std::string_view word);

/// `value` is none of the `choices` of an option; a whole sentence before the last stop.
Sentence no_such_choice(std::string_view value, const std::vector<std::string>& choices);

/// The command of that name, or null.
const CommandEntry* find_command(const CommandTable& table, std::string_view name);

}  // namespace plumbline::app
