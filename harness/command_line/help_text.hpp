// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/command_line/command_table.hpp"

#include <algorithm>
#include <string>
#include <vector>

/// What --help prints. No line is longer than 80 columns but that of an example.
namespace plumbline::app {

/// Of the program: all commands by their groups.
std::string help_text(const CommandTable& table);

/// Of one command.
std::string help_text(const CommandTable& table, const CommandEntry& command);

/// What `plumbline` alone prints: what to do first, and where help is.
std::string first_screen(const CommandTable& table, const std::vector<Example>& first_steps);

/// "Usage: plumbline run [OPTIONS] SCENARIO\n"; a long one goes on in further lines.
std::string usage(const CommandTable& table, const CommandEntry& command);

/// "-o,--output FILE"; of an argument "FILE.h5...".
std::string shown_names(const OptionEntry& option);

/// The help of an option with its default, and what it goes with or doesn't.
std::string full_help(const OptionEntry& option, Language language = Language::en);

/// The titles of `entries` (by their member `group`), each once, in order.
template <class Entry>
std::vector<std::string> groups_of(const std::vector<Entry>& entries)
{
    std::vector<std::string> groups;
    for (const Entry& entry : entries) {
        if (std::ranges::find(groups, entry.group) == groups.end()) {
            groups.push_back(entry.group);
        }
    }
    return groups;
}

}  // namespace plumbline::app
