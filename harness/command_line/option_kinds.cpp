// SPDX-License-Identifier: Apache-2.0
#include "harness/command_line/option_kinds.hpp"

#include "harness/command_line/usage_errors.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace plumbline::app {

CLI::Option* with_choices(CLI::Option* option, const std::vector<std::string>& words, const std::string& type_name)
{
    CLI::Validator one_of(
        [words](std::string& value) {
            return std::ranges::find(words, value) != words.end() ? "" : no_such_choice(value, words).english();
        },
        "");
    return option->type_name(type_name)->check(one_of);
}

CLI::Option* add_choice(CLI::App& command, const std::string& name, std::string& value, const char* help,
                        const std::vector<std::string>& words)
{
    return with_choices(command.add_option(name, value, help), words, fmt::format("{}", fmt::join(words, "|")))
        ->capture_default_str();
}

CLI::Validator within(double low, double high)
{
    return {[low, high](std::string& text) {
                double value = 0;
                const bool number = CLI::detail::lexical_cast(text, value);
                return number && value >= low && value <= high
                           ? std::string()
                           : fmt::format("'{}' is no number from {} to {}", text, low, high);
            },
            ""};
}

void add_quiet(CLI::App& command, bool& quiet)
{
    command.add_flag("-q,--quiet", quiet, "Print nothing: the exit status is the answer (-o is still written)");
}

void add_overrides(CLI::App& command, std::vector<std::string>& overrides)
{
    command.add_option("--set", overrides, "Override a key of the scenario; may be given many times")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false);
}

void add_language(CLI::App& command, std::string& language, const char* help)
{
    add_choice(command, "--lang", language, help, {"en", "zh"})->default_str("the locale's");
}

void add_colour(CLI::App& command, std::string& mode)
{
    add_choice(command, "--color", mode, "Colours; auto: on a terminal without NO_COLOR", {"auto", "always", "never"})
        ->group(general_group);
}

}  // namespace plumbline::app
