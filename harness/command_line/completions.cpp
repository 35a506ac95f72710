// SPDX-License-Identifier: Apache-2.0
#include "harness/command_line/completions.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <vector>

namespace plumbline::app {

namespace {

constexpr std::string_view origin = "made from the program's own table of options: a change belongs there, not here.";

/// What `list` calls the names of this kind; "" where it lists none.
std::string_view listed_as(ValueKind kind)
{
    switch (kind) {
        case ValueKind::scenario:
            return "scenarios";
        case ValueKind::profile:
            return "profiles";
        case ValueKind::backend:
            return "backends";
        case ValueKind::text:
        case ValueKind::choice:
        case ValueKind::file:
        case ValueKind::run_file:
        case ValueKind::folder:
        case ValueKind::command:
            return "";
    }
    return "";
}

/// The end of the names of files that a value of this kind may be; nothing where it is no file.
std::string_view file_pattern(ValueKind kind)
{
    switch (kind) {
        case ValueKind::file:
            return "*";
        case ValueKind::run_file:
            return "*.h5";
        case ValueKind::scenario:
        case ValueKind::profile:
            return "*.yaml";
        case ValueKind::text:
        case ValueKind::choice:
        case ValueKind::folder:
        case ValueKind::backend:
        case ValueKind::command:
            return "";
    }
    return "";
}

std::vector<std::string> command_names(const CommandTable& table)
{
    std::vector<std::string> names;
    std::ranges::transform(table.commands, std::back_inserter(names), &CommandEntry::name);
    return names;
}

std::vector<std::string> option_names(const std::vector<OptionEntry>& options)
{
    std::vector<std::string> names;
    for (const OptionEntry& option : options) {
        if (!option.short_name.empty()) {
            names.push_back(option.short_name);
        }
        names.push_back(option.long_name);
    }
    return names;
}

/// `text` within single quotes of a shell.
std::string quoted(std::string_view text)
{
    std::string all = "'";
    for (const char c : text) {
        if (c == '\'') {
            all += "'\\''";
        } else {
            all += c;
        }
    }
    return all + "'";
}

// ---- bash ----

/// The statement that fills COMPREPLY with what a value may be.
std::string bash_values(const CommandTable& table, const OptionEntry& option)
{
    if (option.kind == ValueKind::choice) {
        return fmt::format("_plumbline_words {}", quoted(fmt::format("{}", fmt::join(option.choices, " "))));
    }
    if (option.kind == ValueKind::command) {
        return fmt::format("_plumbline_words {}", quoted(fmt::format("{}", fmt::join(command_names(table), " "))));
    }
    if (option.kind == ValueKind::folder) {
        return "_plumbline_files ''";
    }
    std::vector<std::string> steps;
    if (const auto what = listed_as(option.kind); !what.empty()) {
        steps.push_back(fmt::format("_plumbline_listed {}", what));
    }
    if (const auto pattern = file_pattern(option.kind); !pattern.empty()) {
        steps.push_back(fmt::format("_plumbline_files {}", quoted(pattern)));
    }
    return steps.empty() ? ":" : fmt::format("{}", fmt::join(steps, "; "));
}

std::string bash_case(const CommandTable& table, const CommandEntry& command)
{
    std::string text = fmt::format("    {})\n        case $previous in\n", command.name);
    for (const OptionEntry& option : command.options) {
        if (!option.value.empty()) {
            text += fmt::format("        {}) {}; return ;;\n",
                                option.short_name.empty() ? option.long_name
                                                          : fmt::format("{} | {}", option.short_name, option.long_name),
                                bash_values(table, option));
        }
    }
    text += fmt::format("        esac\n        if [[ $current == -* ]]; then\n            _plumbline_words {}\n",
                        quoted(fmt::format("{}", fmt::join(option_names(command.options), " "))));
    if (!command.arguments.empty()) {
        text += fmt::format("        else\n            {}\n", bash_values(table, command.arguments.front()));
    }
    return text + "        fi\n        ;;\n";
}

constexpr std::string_view bash_helpers = R"sh(
_plumbline_words() {
    local word
    while IFS= read -r word; do
        COMPREPLY+=("$word")
    done < <(compgen -W "$1" -- "$current")
}

_plumbline_listed() {
    _plumbline_words "$("${COMP_WORDS[0]}" list "$1" --names 2>/dev/null)"
}

# Files of this pattern, and folders.
_plumbline_files() {
    local name
    while IFS= read -r name; do
        COMPREPLY+=("$name")
    done < <([[ -z $1 ]] || compgen -f -X "!$1" -- "$current"; [[ $1 == '*' ]] || compgen -d -- "$current")
    # Outside of a completion there is nothing to set.
    compopt -o filenames 2>/dev/null
}

_plumbline() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    COMPREPLY=()
    # bash takes --option=value as three words.
    if [[ $current == '=' ]]; then
        current=
    elif [[ $previous == '=' ]]; then
        previous=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    if ((COMP_CWORD == 1)); then
)sh";

// ---- zsh ----

/// Text within [...] of _arguments.
std::string zsh_text(std::string_view text)
{
    std::string all;
    for (const char c : text) {
        if (std::string_view("[]:\\").find(c) != std::string_view::npos) {
            all += '\\';
        }
        all += c;
    }
    return all;
}

std::string zsh_action(const CommandTable& table, const OptionEntry& option)
{
    switch (option.kind) {
        case ValueKind::choice:
            return fmt::format("({})", fmt::join(option.choices, " "));
        case ValueKind::command:
            return fmt::format("({})", fmt::join(command_names(table), " "));
        case ValueKind::folder:
            return "_files -/";
        case ValueKind::file:
            return "_files";
        case ValueKind::run_file:
            return R"(_files -g "*.h5")";
        case ValueKind::scenario:
        case ValueKind::profile:
        case ValueKind::backend:
            return fmt::format("_plumbline_{}", listed_as(option.kind));
        case ValueKind::text:
            return " ";
    }
    return " ";
}

std::string zsh_option(const CommandTable& table, const OptionEntry& option)
{
    std::string rest = fmt::format("[{}]", zsh_text(option.help));
    if (!option.value.empty()) {
        rest += fmt::format(":{}:{}", zsh_text(option.value), zsh_action(table, option));
    }
    // One may be given many times, or each name excludes the other.
    if (option.short_name.empty()) {
        return quoted((option.repeatable ? "*" : "") + option.long_name + rest);
    }
    return fmt::format("'({0} {1})'{{{0},{1}}}{2}", option.short_name, option.long_name, quoted(rest));
}

std::string zsh_case(const CommandTable& table, const CommandEntry& command)
{
    std::string text = fmt::format("        {})\n            _arguments -s", command.name);
    for (const OptionEntry& option : command.options) {
        text += " \\\n                " + zsh_option(table, option);
    }
    std::size_t position = 1;
    for (const OptionEntry& argument : command.arguments) {
        const std::string where = argument.repeatable ? "*" : std::to_string(position++);
        text += " \\\n                " +
                quoted(fmt::format("{}:{}:{}", where, zsh_text(argument.value), zsh_action(table, argument)));
    }
    return text + "\n            ;;\n";
}

std::string zsh_lister(std::string_view what, std::string_view files)
{
    return fmt::format(
        "\n_plumbline_{0}() {{\n    local -a names\n    names=(${{(f)\"$(_call_program names plumbline list {0} "
        "--names "
        "2>/dev/null)\"}})\n    _alternative 'names:{0}:compadd -a names'{1}\n}}\n",
        what, files);
}

// ---- fish ----

std::string fish_values(const CommandTable& table, const OptionEntry& option)
{
    switch (option.kind) {
        case ValueKind::choice:
            return fmt::format(" -x -a {}", quoted(fmt::format("{}", fmt::join(option.choices, " "))));
        case ValueKind::command:
            return fmt::format(" -x -a {}", quoted(fmt::format("{}", fmt::join(command_names(table), " "))));
        case ValueKind::folder:
            return " -x -a '(__fish_complete_directories)'";
        case ValueKind::file:
            return " -r -F";
        case ValueKind::run_file:
            return " -x -a '(__fish_complete_suffix .h5)'";
        case ValueKind::scenario:
        case ValueKind::profile:
            return fmt::format(" -x -a '(plumbline list {} --names 2>/dev/null; __fish_complete_suffix .yaml)'",
                               listed_as(option.kind));
        case ValueKind::backend:
            return " -x -a '(plumbline list backends --names 2>/dev/null)'";
        case ValueKind::text:
            return " -x";
    }
    return "";
}

std::string fish_option(const CommandTable& table, const OptionEntry& option, const std::string& condition)
{
    std::string line = fmt::format("complete -c plumbline -n {}", quoted(condition));
    if (!option.short_name.empty()) {
        line += " -s " + option.short_name.substr(1);
    }
    line += fmt::format(" -l {} -d {}", option.long_name.substr(2), quoted(option.help));
    return line + (option.value.empty() ? "" : fish_values(table, option)) + "\n";
}

}  // namespace

std::string bash_completion(const CommandTable& table)
{
    auto words = command_names(table);
    for (const std::string& name : option_names(table.options)) {
        words.push_back(name);
    }
    std::string text = fmt::format("# Completion of {} in bash, {}\n{}", table.program, origin, bash_helpers);
    text += fmt::format("        _plumbline_words {}\n        return\n    fi\n    case ${{COMP_WORDS[1]}} in\n",
                        quoted(fmt::format("{}", fmt::join(words, " "))));
    for (const CommandEntry& command : table.commands) {
        text += bash_case(table, command);
    }
    return text + fmt::format("    esac\n}}\n\ncomplete -F _plumbline {}\n", table.program);
}

std::string zsh_completion(const CommandTable& table)
{
    std::string text = fmt::format("#compdef {0}\n# Completion of {0} in zsh, {1}\n", table.program, origin);
    constexpr std::string_view yaml_files = R"( 'files:file:_files -g "*.yaml"')";
    text += zsh_lister("scenarios", yaml_files) + zsh_lister("profiles", yaml_files) + zsh_lister("backends", "");
    text +=
        "\n_plumbline() {\n    local context curcontext=$curcontext state line\n    typeset -A opt_args\n"
        "    local -a commands\n    commands=(\n";
    for (const CommandEntry& command : table.commands) {
        text += fmt::format("        {}\n", quoted(command.name + ":" + command.summary));
    }
    text += "    )\n    _arguments -C";
    for (const OptionEntry& option : table.options) {
        text += " \\\n        " + zsh_option(table, option);
    }
    text +=
        " \\\n        '1: :->command' \\\n        '*:: :->argument'\n"
        "    case $state in\n    command) _describe command commands ;;\n    argument)\n        case $words[1] in\n";
    for (const CommandEntry& command : table.commands) {
        text += zsh_case(table, command);
    }
    return text +
           "        esac\n        ;;\n    esac\n}\n\nif [[ $funcstack[1] == _plumbline ]]; then\n"
           "    _plumbline \"$@\"\nelse\n    compdef _plumbline plumbline\nfi\n";
}

std::string fish_completion(const CommandTable& table)
{
    std::string text = fmt::format("# Completion of {} in fish, {}\ncomplete -c plumbline -f\n", table.program, origin);
    for (const OptionEntry& option : table.options) {
        text += fish_option(table, option, "__fish_use_subcommand");
    }
    for (const CommandEntry& command : table.commands) {
        const std::string condition = "__fish_seen_subcommand_from " + command.name;
        text += fmt::format("\ncomplete -c plumbline -n __fish_use_subcommand -a {} -d {}\n", command.name,
                            quoted(command.summary));
        if (!command.arguments.empty()) {
            std::string values = fish_values(table, command.arguments.front());
            text +=
                fmt::format("complete -c plumbline -n {}{}\n", quoted(condition), values == " -r -F" ? " -F" : values);
        }
        for (const OptionEntry& option : command.options) {
            text += fish_option(table, option, condition);
        }
    }
    return text;
}

}  // namespace plumbline::app
