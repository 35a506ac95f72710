// SPDX-License-Identifier: Apache-2.0
#include "harness/command_line/terminal_colours.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <sstream>
#include <string>
#include <utility>

namespace plumbline::app {
namespace {

TEST(ColouredStreams, follow_the_terminal_unless_told_otherwise)
{
    const TerminalFacts terminal{.out_is_terminal = true, .err_is_terminal = true};
    struct Row {
        const char* why;
        ColourMode mode;
        TerminalFacts facts;
        ColouredStreams expected;
    };
    const Row rows[] = {
        {"both are terminals", ColourMode::automatic, terminal, {.out = true, .err = true}},
        {"both are piped", ColourMode::automatic, {}, {}},
        {"stdout is piped", ColourMode::automatic, {.err_is_terminal = true}, {.err = true}},
        {"mpirun gives a terminal for stdout alone", ColourMode::automatic, {.out_is_terminal = true}, {}},
        {"NO_COLOR", ColourMode::automatic, {.out_is_terminal = true, .err_is_terminal = true, .no_color = true}, {}},
        {"TERM=dumb", ColourMode::automatic, {.out_is_terminal = true, .err_is_terminal = true, .dumb = true}, {}},
        {"never", ColourMode::never, terminal, {}},
        {"always, whatever else is so",
         ColourMode::always,
         {.no_color = true, .dumb = true},
         {.out = true, .err = true}},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(coloured_streams(row.mode, row.facts), row.expected) << row.why;
    }
}

TEST(ColouredVerdicts, are_those_at_the_start_of_a_line_or_behind_their_title)
{
    struct Row {
        std::string text;
        std::string painted;
    };
    const Row rows[] = {
        {"PASS          bubble\n", "\x1b[32mPASS\x1b[0m          bubble\n"},
        {"a\nFAIL          b\n", "a\n\x1b[1;31mFAIL\x1b[0m          b\n"},
        {"INCONCLUSIVE  b\n", "\x1b[33mINCONCLUSIVE\x1b[0m  b\n"},
        {"verdict: NOT_MEASURED\n", "verdict: \x1b[35mNOT_MEASURED\x1b[0m\n"},
        {"verdict: PASS (simulated)\n", "verdict: \x1b[32mPASS\x1b[0m (simulated)\n"},
        {"verdict: PASS", "verdict: \x1b[32mPASS\x1b[0m"},
        {"a PASS\n", "a PASS\n"},
        {"PASSED\n", "PASSED\n"},
        {"PASS_RATE 1\n", "PASS_RATE 1\n"},
        {"\"verdict\": \"PASS\"\n", "\"verdict\": \"PASS\"\n"},
        {"\n\n", "\n\n"},
        {"", ""},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(with_coloured_verdicts(row.text, true), row.painted) << row.text;
    }
    EXPECT_EQ(with_coloured_verdicts("PASS\nPASS\n", false), "PASS\n\x1b[32mPASS\x1b[0m\n");
}

TEST(ColouredDiagnostics, tell_errors_from_warnings)
{
    EXPECT_EQ(with_coloured_diagnostics("plumbline: no such file\n", true),
              "\x1b[1;31mplumbline:\x1b[0m no such file\n");
    EXPECT_EQ(with_coloured_diagnostics("plumbline: warning: noisy\n", true),
              "\x1b[33mplumbline: warning:\x1b[0m noisy\n");
    EXPECT_EQ(with_coloured_diagnostics("[1/2] plumbline: x\n", true), "[1/2] plumbline: x\n");
}

TEST(PaintedStream, paints_what_is_written_while_it_lives_and_nothing_afterwards)
{
    std::ostringstream out;
    {
        const PaintedStream painted(out, with_coloured_verdicts);
        out << "verdict: PASS\n" << 'P' << "ASS\n" << std::string("FAIL x\n") << std::flush;
    }
    out << "PASS\n";
    EXPECT_EQ(out.str(), "verdict: \x1b[32mPASS\x1b[0m\nPASS\n\x1b[1;31mFAIL\x1b[0m x\nPASS\n");
}

TEST(PaintedStream, of_several_on_one_stream_the_first_paints_and_they_may_end_in_any_order)
{
    std::ostringstream out;
    std::optional<PaintedStream> first(std::in_place, out, with_coloured_verdicts);
    std::optional<PaintedStream> second(std::in_place, out, with_coloured_diagnostics);
    out << "PASS\n";
    first.reset();
    out << "PASS\n";
    second.reset();
    out << "PASS\n";
    EXPECT_EQ(out.str(), "\x1b[32mPASS\x1b[0m\nPASS\nPASS\n");
}

TEST(PaintedStream, hands_on_that_the_stream_is_full)
{
    struct Full : std::streambuf {
    } full;
    std::ostream out(&full);
    const PaintedStream painted(out, with_coloured_verdicts);
    out << "PASS\n" << std::flush;
    EXPECT_FALSE(out);
}

}  // namespace
}  // namespace plumbline::app
