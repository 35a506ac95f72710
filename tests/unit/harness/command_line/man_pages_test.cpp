// SPDX-License-Identifier: Apache-2.0
#include "harness/command_line/man_pages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace plumbline::app {
namespace {

using testing::HasSubstr;

const CommandEntry go{
    .name = "go",
    .summary = "Go on",
    .group = "Move",
    .arguments = {{.value = "PLACE", .help = ".profile, or 'home'", .required = true, .group = "Arguments"},
                  {.value = "VIA", .help = "Over", .repeatable = true, .group = "Arguments"}},
    .options = {{.short_name = "-s", .long_name = "--speed-up", .value = "RATE", .help = "a\\b", .group = "Options"}},
    .examples = {{.purpose = "Go home", .line = "tool go home --speed-up 2"}}};
const CommandTable table{.program = "tool",
                         .version = "1.0-rc1",
                         .description = "Measures.",
                         .commands = {go},
                         .exit_statuses = {{2, "wrong usage"}}};

TEST(ManPage, of_a_command_has_the_sections_of_one)
{
    const std::string page = man_page(table, go);
    EXPECT_THAT(page, HasSubstr(".TH TOOL\\-GO 1 \"\" \"tool 1.0\\-rc1\" \"User commands\"\n"
                                ".SH NAME\ntool\\-go \\- Go on\n"));
    EXPECT_THAT(page, HasSubstr(".SH SYNOPSIS\n\\fBtool go\\fR [\\fIOPTIONS\\fR] \\fIPLACE\\fR [\\fIVIA\\fR...]\n"));
    EXPECT_THAT(page, HasSubstr(".SS Options\n.TP\n\\fB\\-s\\fR, \\fB\\-\\-speed\\-up\\fR \\fIRATE\\fR\na\\eb\n"));
    EXPECT_THAT(page, HasSubstr(".SH EXAMPLES\n.TP\nGo home:\n\\fBtool go home \\-\\-speed\\-up 2\\fR\n"));
    EXPECT_THAT(page, HasSubstr(".SH EXIT STATUS\n.TP\n2\nwrong usage\n"));
}

TEST(ManPage, takes_no_text_for_a_request)
{
    EXPECT_THAT(man_page(table, go), HasSubstr("\n\\&.profile, or 'home'\n"));
}

TEST(ManPage, in_chinese_has_chinese_sections_and_places_where_its_lines_may_break)
{
    CommandTable chinese = table;
    chinese.language = Language::zh;
    CommandEntry look = go;
    look.summary = "前进：向前";
    look.options.front().help = "以 5 为速度，快";
    const std::string page = man_page(chinese, look);
    EXPECT_THAT(page, HasSubstr(".SH 名称\ntool\\-go \\- 前进\n"));
    EXPECT_THAT(page, HasSubstr("\n以 5 为\\:速\\:度，\\:快\n"));
    EXPECT_THAT(page, HasSubstr(".SH 退出状态\n"));
}

TEST(ManPage, of_the_program_refers_to_those_of_its_commands)
{
    const std::string page = man_page(table);
    EXPECT_THAT(page, HasSubstr(".SS Move\n.TP\n\\fBtool\\-go\\fR(1)\nGo on.\n"));
    EXPECT_THAT(page, HasSubstr(".SH SEE ALSO\n\\fBtool\\-go\\fR(1)\n"));
}

}  // namespace
}  // namespace plumbline::app
