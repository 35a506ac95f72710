// SPDX-License-Identifier: Apache-2.0
#include "harness/command_line/usage_errors.hpp"

#include "collectives/util/nearest_word.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace plumbline::app {

std::string no_such_command(const CommandTable& table, std::string_view word)
{
    std::vector<std::string_view> names;
    for (const CommandEntry& command : table.commands) {
        names.push_back(command.name);
    }
    return fmt::format("'{}' is no command (there are {}){}", word, fmt::join(names, ", "),
                       suggest_nearest(". The nearest is", word, names, ""));
}

std::string unexpected_word(std::string_view program, const std::vector<OptionEntry>& options, std::string_view word)
{
    if (!word.starts_with('-')) {
        return fmt::format("'{}' is one argument more than '{}' takes", word, program);
    }
    const std::string_view option = word.substr(0, word.find('='));
    std::vector<std::string_view> names;
    for (const OptionEntry& entry : options) {
        names.push_back(entry.long_name);
    }
    return fmt::format("'{}' has no option '{}'{}", program, option,
                       suggest_nearest(". The nearest is", option, names, ""));
}

std::string no_such_choice(std::string_view value, const std::vector<std::string>& choices)
{
    const std::vector<std::string_view> names(choices.begin(), choices.end());
    return fmt::format("'{}' is none of {}{}", value, fmt::join(choices, ", "),
                       suggest_nearest(". The nearest is", value, names, ""));
}

const CommandEntry* find_command(const CommandTable& table, std::string_view name)
{
    const auto found = std::ranges::find(table.commands, name, &CommandEntry::name);
    return found == table.commands.end() ? nullptr : &*found;
}

}  // namespace plumbline::app
