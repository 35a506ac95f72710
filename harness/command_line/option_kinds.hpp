// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

/// Kinds of options that many commands have, as CLI11 takes them. Included by what declares commands alone.
namespace plumbline::app {

/// The title over what every command takes.
inline constexpr const char* general_group = "General";
/// Help of --lang where a page is written.
inline constexpr const char* page_language = "Language that a page shows first (the page switches)";

/// One of `words`. Its type name is "a|b|c": the table of commands has its choices from there.
CLI::Option* with_choices(CLI::Option* option, const std::vector<std::string>& words, const std::string& type_name);
CLI::Option* add_choice(CLI::App& command, const std::string& name, std::string& value, const char* help,
                        const std::vector<std::string>& words);
/// A number from `low` to `high`.
CLI::Validator within(double low, double high);
/// -q, of a command whose exit status says it all.
void add_quiet(CLI::App& command, bool& quiet);
/// --color, of any command.
void add_colour(CLI::App& command, std::string& mode);
void add_language(CLI::App& command, std::string& language, const char* help = "Language of texts for people");
/// --set.
void add_overrides(CLI::App& command, std::vector<std::string>& overrides);

}  // namespace plumbline::app
