// SPDX-License-Identifier: Apache-2.0
#include "harness/command_line/usage_errors.hpp"

#include "collectives/util/nearest_word.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>

namespace plumbline::app {
namespace {

Sentence with_nearest(const Sentence& problem, std::string_view word, std::span<const std::string_view> valid)
{
    const auto nearest = nearest_word(word, valid);
    return nearest ? say("{}. The nearest is '{}'", problem, *nearest) : problem;
}

}  // namespace

Sentence no_such_command(const CommandTable& table, std::string_view word)
{
    std::vector<std::string_view> names;
    for (const CommandEntry& command : table.commands) {
        names.push_back(command.name);
    }
    return with_nearest(say("'{}' is no command (there are {})", word, fmt::format("{}", fmt::join(names, ", "))), word,
                        names);
}

Sentence unexpected_word(std::string_view program, const std::vector<OptionEntry>& options, std::string_view word)
{
    if (!word.starts_with('-')) {
        return say("'{}' is one argument more than '{}' takes", word, program);
    }
    const std::string_view option = word.substr(0, word.find('='));
    std::vector<std::string_view> names;
    for (const OptionEntry& entry : options) {
        names.push_back(entry.long_name);
    }
    return with_nearest(say("'{}' has no option '{}'", program, option), option, names);
}

Sentence no_such_choice(std::string_view value, const std::vector<std::string>& choices)
{
    const std::vector<std::string_view> names(choices.begin(), choices.end());
    return with_nearest(say("'{}' is none of {}", value, fmt::format("{}", fmt::join(choices, ", "))), value, names);
}

const CommandEntry* find_command(const CommandTable& table, std::string_view name)
{
    const auto found = std::ranges::find(table.commands, name, &CommandEntry::name);
    return found == table.commands.end() ? nullptr : &*found;
}

}  // namespace plumbline::app
