// SPDX-License-Identifier: Apache-2.0
#include "harness/command_line/help_text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace plumbline::app {
namespace {

CommandTable small_table()
{
    return {
        .program = "tool",
        .version = "1.0",
        .description = "Measures.",
        .commands =
            {{.name = "go",
              .summary = "Go somewhere",
              .group = "Move",
              .arguments = {{.value = "PLACE", .help = "Where to", .required = true, .group = "Arguments"},
                            {.value = "VIA", .help = "Over", .repeatable = true, .group = "Arguments"}},
              .options = {{.short_name = "-s",
                           .long_name = "--speed",
                           .value = "slow|fast",
                           .kind = ValueKind::choice,
                           .choices = {"slow", "fast"},
                           .help = "How",
                           .default_value = "slow",
                           .group = "Options"},
                          {.long_name = "--by", .value = "CAR", .help = "With", .required = true, .group = "Options"},
                          {.long_name = "--quiet",
                           .help = "Say nothing",
                           .excludes = {"--by", "--speed"},
                           .needs = {"--dry-run"},
                           .group = "General"}},
              .examples = {{.purpose = "Go home", .line = "tool go home"}}},
             {.name = "stop", .summary = "Stop", .group = "Other"}},
        .options = {{.short_name = "-h", .long_name = "--help", .help = "Print this help", .group = "General"}},
        .exit_statuses = {{0, "done"}, {2, "wrong usage"}}};
}

TEST(HelpText, of_a_command_has_usage_arguments_groups_of_options_and_examples)
{
    const CommandTable table = small_table();
    EXPECT_EQ(help_text(table, table.commands.front()),
              R"(Go somewhere.

Usage: tool go [OPTIONS] --by CAR PLACE [VIA...]

Arguments:
  PLACE                     Where to
  VIA...                    Over

Options:
  -s,--speed slow|fast      How [slow]
  --by CAR                  With

General:
  --quiet                   Say nothing (not with --by, --speed) (with
                            --dry-run)

Examples:
  Go home:
    tool go home

Exit status: 0 done, 2 wrong usage.
)");
}

TEST(HelpText, of_the_program_has_its_commands_by_their_groups)
{
    EXPECT_EQ(help_text(small_table()),
              R"(Measures.

Usage: tool COMMAND [OPTIONS]

Move:
  go          Go somewhere

Other:
  stop        Stop

General:
  -h,--help                 Print this help

Exit status: 0 done, 2 wrong usage.
'tool help COMMAND' explains a command, with examples.
)");
}

TEST(HelpText, of_a_usage_that_is_too_long_goes_on_in_the_next_line)
{
    CommandTable table = small_table();
    table.commands.front().arguments.front().value = std::string(60, 'X');
    EXPECT_EQ(usage(table, table.commands.front()),
              "Usage: tool go [OPTIONS] --by CAR\n    " + std::string(60, 'X') + " [VIA...]\n");
}

}  // namespace
}  // namespace plumbline::app
