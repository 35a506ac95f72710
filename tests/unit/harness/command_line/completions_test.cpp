// SPDX-License-Identifier: Apache-2.0
#include "harness/command_line/completions.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace plumbline::app {
namespace {

using testing::AllOf;
using testing::HasSubstr;

CommandTable table_with(const OptionEntry& option)
{
    return {.program = "plumbline",
            .commands = {{.name = "go", .summary = "Go: it's [far]", .options = {option}}},
            .options = {{.long_name = "--version", .help = "Print the version"}}};
}

OptionEntry option_of(ValueKind kind)
{
    return {.short_name = "-s",
            .long_name = "--speed",
            .value = "VALUE",
            .kind = kind,
            .choices = {"slow", "fast"},
            .help = "How [fast]"};
}

TEST(Completions, offer_what_a_value_may_be)
{
    struct Row {
        ValueKind kind;
        std::string bash;
        std::string zsh;
        std::string fish;
    };
    const Row rows[] = {
        {ValueKind::text, "-s | --speed) :; return", ":VALUE: '", "-x\n"},
        {ValueKind::choice, "_plumbline_words 'slow fast'", ":VALUE:(slow fast)'", "-x -a 'slow fast'"},
        {ValueKind::file, "_plumbline_files '*'", ":VALUE:_files'", "-r -F"},
        {ValueKind::run_file, "_plumbline_files '*.h5'", ":VALUE:_files -g \"*.h5\"'", "__fish_complete_suffix .h5"},
        {ValueKind::folder, "_plumbline_files ''", ":VALUE:_files -/'", "__fish_complete_directories"},
        {ValueKind::scenario, "_plumbline_listed scenarios; _plumbline_files '*.yaml'", ":VALUE:_plumbline_scenarios'",
         "plumbline list scenarios --names"},
        {ValueKind::profile, "_plumbline_listed profiles; _plumbline_files '*.yaml'", ":VALUE:_plumbline_profiles'",
         "plumbline list profiles --names"},
        {ValueKind::backend, "_plumbline_listed backends;", ":VALUE:_plumbline_backends'",
         "plumbline list backends --names"},
        {ValueKind::command, "_plumbline_words 'go'", ":VALUE:(go)'", "-x -a 'go'"},
    };
    for (const Row& row : rows) {
        const CommandTable table = table_with(option_of(row.kind));
        EXPECT_THAT(bash_completion(table), HasSubstr(row.bash));
        EXPECT_THAT(zsh_completion(table), HasSubstr(row.zsh));
        EXPECT_THAT(fish_completion(table), HasSubstr(row.fish));
    }
}

TEST(Completions, quote_what_a_shell_would_read_otherwise)
{
    const CommandTable table = table_with(option_of(ValueKind::text));
    EXPECT_THAT(zsh_completion(table), AllOf(HasSubstr(R"('go:Go: it'\''s [far]')"),
                                             HasSubstr(R"('(-s --speed)'{-s,--speed}'[How \[fast\]])")));
    EXPECT_THAT(fish_completion(table), HasSubstr(R"(-d 'Go: it'\''s [far]')"));
}

TEST(Completions, offer_each_option_of_a_command)
{
    const CommandTable table = table_with(option_of(ValueKind::text));
    EXPECT_THAT(bash_completion(table), AllOf(HasSubstr("_plumbline_words '-s --speed'"), HasSubstr("'go --version'")));
    EXPECT_THAT(fish_completion(table), HasSubstr("'__fish_seen_subcommand_from go' -s s -l speed"));
}

}  // namespace
}  // namespace plumbline::app
