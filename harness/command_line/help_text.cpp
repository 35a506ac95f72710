// SPDX-License-Identifier: Apache-2.0
#include "harness/command_line/help_text.hpp"

#include "harness/command_line/wrapped_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string_view>

namespace plumbline::app {

namespace {

constexpr TwoColumns option_columns{.indent = 2, .second = 28};

/// Choices that fit no line go on in the next one, behind a bar.
std::string broken_at_bars(const std::string& names)
{
    const std::size_t room = help_columns - option_columns.indent;
    const std::size_t bar = names.size() > room ? names.rfind('|', room - 1) : std::string::npos;
    return bar == std::string::npos ? names : names.substr(0, bar + 1) + "\n      " + names.substr(bar + 1);
}

std::string option_rows(const std::vector<OptionEntry>& options, std::string_view group, Language language)
{
    std::string rows;
    for (const OptionEntry& option : options) {
        if (option.group == group) {
            rows += two_column_row(broken_at_bars(shown_names(option)), full_help(option, language), option_columns);
        }
    }
    return rows;
}

std::string option_sections(const std::vector<OptionEntry>& options, Language language)
{
    std::string text;
    for (const std::string& group : groups_of(options)) {
        text += fmt::format("\n{}:\n{}", group, option_rows(options, group, language));
    }
    return text;
}

std::string example_rows(const std::vector<Example>& examples)
{
    std::string rows;
    for (const Example& example : examples) {
        rows += paragraph(example.purpose + ":", 2) + fmt::format("    {}\n", example.line);
    }
    return rows;
}

std::string exit_status_line(const CommandTable& table)
{
    std::vector<std::string> pieces{in(table.language, say("Exit status:"))};
    for (const ExitStatus& row : table.exit_statuses) {
        const bool last = &row == &table.exit_statuses.back();
        pieces.push_back(fmt::format("{} {}{}", row.status, row.meaning, last ? "." : ","));
    }
    return fmt::format("{}\n", fmt::join(filled_lines(pieces, help_columns), "\n"));
}

}  // namespace

std::string shown_names(const OptionEntry& option)
{
    if (option.long_name.empty()) {
        return option.value + (option.repeatable ? "..." : "");
    }
    const std::string names =
        option.short_name.empty() ? option.long_name : fmt::format("{},{}", option.short_name, option.long_name);
    return option.value.empty() ? names : fmt::format("{} {}", names, option.value);
}

std::string full_help(const OptionEntry& option, Language language)
{
    std::string help = option.help;
    if (!option.default_value.empty()) {
        help += fmt::format(" [{}]", option.default_value);
    }
    if (!option.excludes.empty()) {
        help = in(language, say("{} (not with {})", help, fmt::join(option.excludes, ", ")));
    }
    if (!option.needs.empty()) {
        help = in(language, say("{} (with {})", help, fmt::join(option.needs, ", ")));
    }
    return help;
}

std::string usage(const CommandTable& table, const CommandEntry& command)
{
    std::vector<std::string> pieces{in(table.language, say("Usage: {} {}", table.program, command.name)), "[OPTIONS]"};
    for (const OptionEntry& option : command.options) {
        if (option.required) {
            // Many words to choose from stand with the option itself.
            const bool short_enough = option.value.size() <= help_columns / 2;
            pieces.push_back(fmt::format("{} {}", option.long_name, short_enough ? option.value : "WORD"));
        }
    }
    for (const OptionEntry& argument : command.arguments) {
        pieces.push_back(argument.required ? shown_names(argument) : fmt::format("[{}]", shown_names(argument)));
    }
    constexpr std::size_t hanging = 4;
    return fmt::format("{}\n", fmt::join(filled_lines(pieces, help_columns - hanging), "\n    "));
}

std::string help_text(const CommandTable& table)
{
    std::string text = paragraph(table.description) + "\n" +
                       in(table.language, say("Usage: {} COMMAND [OPTIONS]", table.program)) + "\n";
    for (const std::string& group : groups_of(table.commands)) {
        text += fmt::format("\n{}:\n", group);
        for (const CommandEntry& command : table.commands) {
            if (command.group == group) {
                text += two_column_row(command.name, command.summary, {.indent = 2, .second = 14});
            }
        }
    }
    text += option_sections(table.options, table.language) + "\n" + exit_status_line(table);
    return text + in(table.language, say("'{} help COMMAND' explains a command, with examples.", table.program)) + "\n";
}

std::string help_text(const CommandTable& table, const CommandEntry& command)
{
    std::string text = paragraph(in(table.language, say("{}.", command.summary))) + "\n" + usage(table, command);
    if (!command.arguments.empty()) {
        text += fmt::format("\n{}:\n{}", command.arguments.front().group,
                            option_rows(command.arguments, command.arguments.front().group, table.language));
    }
    text += option_sections(command.options, table.language);
    if (!command.examples.empty()) {
        text += "\n" + in(table.language, word("Examples")) + ":\n" + example_rows(command.examples);
    }
    return text + "\n" + exit_status_line(table);
}

std::string first_screen(const CommandTable& table, const std::vector<Example>& first_steps)
{
    std::string text = in(table.language, say("{}: no command was given. Begin with:", table.program)) + "\n\n";
    std::vector<Example> steps = first_steps;
    for (Example& step : steps) {
        step.purpose = in(table.language, word(step.purpose));
    }
    text += example_rows(steps) + "\n" + paragraph(table.description);
    return text + paragraph(in(table.language, say("'{} help' lists all commands, '{} help COMMAND' explains one.",
                                                   table.program, table.program)));
}

}  // namespace plumbline::app
