// SPDX-License-Identifier: Apache-2.0
#include "harness/command_line/man_pages.hpp"

#include "harness/command_line/help_text.hpp"
#include "results/util/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string_view>

namespace plumbline::app {

namespace {

/// Where a line may break without a space; no text has it.
constexpr char break_mark = '\x1f';

/// `text` as roff prints it: a '-' stays one that can be copied, a line can't be taken for a request.
std::string escaped(std::string_view text)
{
    std::string all;
    for (const char c : text) {
        if (c == '\\') {
            all += "\\e";
        } else if (c == '-') {
            all += "\\-";
        } else if (c == break_mark) {
            all += "\\:";
        } else if ((c == '.' || c == '\'') && (all.empty() || all.back() == '\n')) {
            all += fmt::format("\\&{}", c);
        } else {
            all += c;
        }
    }
    return all;
}

/// The same of a text that fills lines: roff itself breaks lines of Chinese nowhere.
std::string filled(std::string_view text)
{
    return escaped(text::with_break_marks(text, std::string_view(&break_mark, 1)));
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

/// In the table's language, as roff.
std::string said(const CommandTable& table, const Sentence& sentence)
{
    return filled(in(table.language, sentence));
}

std::string section(const CommandTable& table, const Sentence& title)
{
    return fmt::format(".SH {}\n", escaped(in(table.language, title)));
}

/// What stands beside the name, where `apropos` reads it and takes no marks: in Chinese up to what explains it further.
std::string short_summary(const CommandTable& table, const std::string& summary)
{
    if (table.language != Language::zh) {
        return summary;
    }
    return summary.substr(0, std::min({summary.find("："), summary.find("（"), summary.size()}));
}

/// A sentence of its own: what the table has ends without a stop.
std::string with_stop(const CommandTable& table, const std::string& sentence)
{
    return said(table, say("{}.", sentence));
}

std::string header(const CommandTable& table, const std::string& page, const std::string& summary)
{
    return fmt::format(".TH {} 1 \"\" \"{} {}\" \"{}\"\n{}{} \\- {}\n", upper_case(escaped(page)), table.program,
                       escaped(table.version), escaped(in(table.language, say("User commands"))),
                       section(table, say("NAME")), escaped(page), escaped(short_summary(table, summary)));
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

std::string option_list(const CommandTable& table, const std::vector<OptionEntry>& options)
{
    std::string text = section(table, say("OPTIONS"));
    for (const std::string& group : groups_of(options)) {
        text += fmt::format(".SS {}\n", escaped(group));
        for (const OptionEntry& option : options) {
            if (option.group == group) {
                text += tagged(names(option), filled(full_help(option, table.language)));
            }
        }
    }
    return text;
}

std::string examples(const CommandTable& table, const std::vector<Example>& rows)
{
    std::string text = rows.empty() ? "" : section(table, say("EXAMPLES"));
    for (const Example& row : rows) {
        text += tagged(said(table, say("{}:", row.purpose)), bold(row.line));
    }
    return text;
}

std::string exit_statuses(const CommandTable& table)
{
    std::string text = section(table, say("EXIT STATUS"));
    for (const ExitStatus& row : table.exit_statuses) {
        text += tagged(std::to_string(row.status), filled(row.meaning));
    }
    return text;
}

std::string environment(const CommandTable& table)
{
    return section(table, say("ENVIRONMENT")) +
           tagged(bold("NO_COLOR"), said(table, say("No colours on a terminal, where it is set and not empty."))) +
           tagged(bold("TERM"), said(table, say("No colours where it is 'dumb' or not set."))) +
           tagged(bold("LC_ALL") + ", " + bold("LC_MESSAGES") + ", " + bold("LANG"),
                  said(table, say("The language of texts for people, where --lang doesn't say it: the first that is "
                                  "set; zh_CN and the like are Chinese.")));
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
    return fmt::format("{}{}\n", section(table, say("SYNOPSIS")), line);
}

}  // namespace

std::string man_page(const CommandTable& table)
{
    std::string text = header(table, table.program,
                              in(table.language, say("collective-communication benchmarks that end with a verdict")));
    text += fmt::format("{}{} {} [{}]\n{}{}\n{}", section(table, say("SYNOPSIS")), bold(table.program),
                        italic("COMMAND"), italic("OPTIONS"), section(table, say("DESCRIPTION")),
                        filled(table.description), section(table, say("COMMANDS")));
    std::string others;
    for (const std::string& group : groups_of(table.commands)) {
        text += fmt::format(".SS {}\n", escaped(group));
        for (const CommandEntry& command : table.commands) {
            if (command.group == group) {
                const std::string page = fmt::format("\\fB{}\\fR(1)", escaped(page_of(table, command)));
                text += tagged(page, with_stop(table, command.summary));
                others += (others.empty() ? "" : ",\n") + page;
            }
        }
    }
    text += option_list(table, table.options) + exit_statuses(table) + environment(table);
    return text + section(table, say("SEE ALSO")) + others + "\n";
}

std::string man_page(const CommandTable& table, const CommandEntry& command)
{
    std::string text = header(table, page_of(table, command), command.summary) + synopsis(table, command);
    text += fmt::format("{}{}\n", section(table, say("DESCRIPTION")), with_stop(table, command.summary));
    if (!command.arguments.empty()) {
        text += section(table, say("ARGUMENTS"));
        for (const OptionEntry& argument : command.arguments) {
            text += tagged(names(argument), filled(full_help(argument, table.language)));
        }
    }
    text += option_list(table, command.options) + examples(table, command.examples) + exit_statuses(table);
    return text + fmt::format("{}{}{}(1)\n", environment(table), section(table, say("SEE ALSO")), bold(table.program));
}

}  // namespace plumbline::app
