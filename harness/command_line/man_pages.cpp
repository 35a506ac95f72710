// SPDX-License-Identifier: Apache-2.0
#include "harness/command_line/man_pages.hpp"

#include "harness/command_line/help_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string_view>

namespace plumbline::app {

namespace {

/// `text` as roff prints it: a '-' stays one that can be copied, a line can't be taken for a request.
std::string escaped(std::string_view text)
{
    std::string all;
    for (const char c : text) {
        if (c == '\\') {
            all += "\\e";
        } else if (c == '-') {
            all += "\\-";
        } else if ((c == '.' || c == '\'') && (all.empty() || all.back() == '\n')) {
            all += fmt::format("\\&{}", c);
        } else {
            all += c;
        }
    }
    return all;
}

std::string bold(std::string_view text)
{
    return fmt::format("\\fB{}\\fR", escaped(text));
}

std::string italic(std::string_view text)
{
    return fmt::format("\\fI{}\\fR", escaped(text));
}

std::string upper_case(std::string_view text)
{
    std::string all(text);
    std::ranges::transform(all, all.begin(),
                           [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
    return all;
}

std::string header(const CommandTable& table, const std::string& page, const std::string& summary)
{
    return fmt::format(".TH {} 1 \"\" \"{} {}\" \"User commands\"\n.SH NAME\n{} \\- {}\n", upper_case(escaped(page)),
                       table.program, escaped(table.version), escaped(page), escaped(summary));
}

std::string names(const OptionEntry& option)
{
    if (option.long_name.empty()) {
        return italic(option.value) + (option.repeatable ? "..." : "");
    }
    const std::string both = option.short_name.empty()
                                 ? bold(option.long_name)
                                 : fmt::format("{}, {}", bold(option.short_name), bold(option.long_name));
    return option.value.empty() ? both : fmt::format("{} {}", both, italic(option.value));
}

std::string tagged(const std::string& tag, const std::string& text)
{
    return fmt::format(".TP\n{}\n{}\n", tag, text);
}

std::string option_list(const std::vector<OptionEntry>& options)
{
    std::string text;
    for (const std::string& group : groups_of(options)) {
        text += fmt::format(".SS {}\n", escaped(group));
        for (const OptionEntry& option : options) {
            if (option.group == group) {
                text += tagged(names(option), escaped(full_help(option)));
            }
        }
    }
    return text;
}

std::string examples(const std::vector<Example>& rows)
{
    std::string text = rows.empty() ? "" : ".SH EXAMPLES\n";
    for (const Example& row : rows) {
        text += tagged(escaped(row.purpose + ":"), bold(row.line));
    }
    return text;
}

std::string exit_statuses(const CommandTable& table)
{
    std::string text = ".SH EXIT STATUS\n";
    for (const ExitStatus& row : table.exit_statuses) {
        text += tagged(std::to_string(row.status), escaped(row.meaning));
    }
    return text;
}

std::string environment()
{
    return ".SH ENVIRONMENT\n" +
           tagged(bold("NO_COLOR"), escaped("No colours on a terminal, where it is set and not empty.")) +
           tagged(bold("TERM"), escaped("No colours where it is 'dumb' or not set."));
}

std::string page_of(const CommandTable& table, const CommandEntry& command)
{
    return fmt::format("{}-{}", table.program, command.name);
}

std::string synopsis(const CommandTable& table, const CommandEntry& command)
{
    std::string line = fmt::format("{} [{}]", bold(table.program + " " + command.name), italic("OPTIONS"));
    for (const OptionEntry& option : command.options) {
        if (option.required) {
            line += " " + names(option);
        }
    }
    for (const OptionEntry& argument : command.arguments) {
        line += argument.required ? " " + names(argument) : fmt::format(" [{}]", names(argument));
    }
    return fmt::format(".SH SYNOPSIS\n{}\n", line);
}

}  // namespace

std::string man_page(const CommandTable& table)
{
    std::string text = header(table, table.program, "collective-communication benchmarks that end with a verdict");
    text += fmt::format(".SH SYNOPSIS\n{} {} [{}]\n.SH DESCRIPTION\n{}\n.SH COMMANDS\n", bold(table.program),
                        italic("COMMAND"), italic("OPTIONS"), escaped(table.description));
    std::string others;
    for (const std::string& group : groups_of(table.commands)) {
        text += fmt::format(".SS {}\n", escaped(group));
        for (const CommandEntry& command : table.commands) {
            if (command.group == group) {
                const std::string page = fmt::format("\\fB{}\\fR(1)", escaped(page_of(table, command)));
                text += tagged(page, escaped(command.summary + "."));
                others += (others.empty() ? "" : ",\n") + page;
            }
        }
    }
    text += ".SH OPTIONS\n" + option_list(table.options) + exit_statuses(table) + environment();
    return text + ".SH SEE ALSO\n" + others + "\n";
}

std::string man_page(const CommandTable& table, const CommandEntry& command)
{
    std::string text = header(table, page_of(table, command), command.summary);
    text += synopsis(table, command) + fmt::format(".SH DESCRIPTION\n{}\n", escaped(command.summary + "."));
    if (!command.arguments.empty()) {
        text += ".SH ARGUMENTS\n";
        for (const OptionEntry& argument : command.arguments) {
            text += tagged(names(argument), escaped(full_help(argument)));
        }
    }
    text += ".SH OPTIONS\n" + option_list(command.options) + examples(command.examples) + exit_statuses(table);
    return text + fmt::format("{}.SH SEE ALSO\n{}(1)\n", environment(), bold(table.program));
}

}  // namespace plumbline::app
