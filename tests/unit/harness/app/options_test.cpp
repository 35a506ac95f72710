// SPDX-License-Identifier: Apache-2.0
#include "harness/app/options.hpp"

#include "harness/command_line/wrapped_text.hpp"
#include "results/util/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <sstream>
#include <string>
#include <variant>
#include <vector>

namespace plumbline::app {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

Invocation parse(const std::vector<std::string>& words)
{
    std::vector<const char*> argv{"plumbline"};
    for (const std::string& word : words) {
        argv.push_back(word.c_str());
    }
    return parse_options(static_cast<int>(argv.size()), argv.data(), "1.2.3");
}

/// The options of a command line that is right.
template <class Options>
Options parsed(const std::vector<std::string>& words)
{
    const Invocation invocation = parse(words);
    const auto* command = std::get_if<Command>(&invocation.request);
    if (command == nullptr || !std::holds_alternative<Options>(*command)) {
        ADD_FAILURE() << words.front() << " is taken for another command, or refused";
        return {};
    }
    return std::get<Options>(*command);
}

EarlyExit exit_of(const std::vector<std::string>& words)
{
    const Invocation invocation = parse(words);
    const auto* early = std::get_if<EarlyExit>(&invocation.request);
    return early == nullptr ? EarlyExit{-1, "a command"} : *early;
}

std::vector<std::string> words_of(const std::string& line)
{
    std::istringstream in(line);
    std::vector<std::string> words;
    for (std::string word; in >> word;) {
        words.push_back(word);
    }
    return words;
}

TEST(Options, run_takes_what_it_is_given)
{
    const auto run = parsed<RunOptions>({"run", "s.yaml", "-o", "x.h5", "--set", "a=1", "--set", "b=2", "--backend",
                                         "nccl", "--backend-library", "/opt/libnccl.so", "--append", "--progress",
                                         "plain", "--hang-after", "never", "--diagnose-on-fail", "-q"});
    EXPECT_EQ(run.scenario, "s.yaml");
    EXPECT_EQ(run.output, "x.h5");
    EXPECT_THAT(run.overrides, ElementsAre("a=1", "b=2"));
    EXPECT_EQ(run.backend, "nccl");
    EXPECT_EQ(run.backend_library, "/opt/libnccl.so");
    EXPECT_TRUE(run.append);
    EXPECT_FALSE(run.resume);
    EXPECT_FALSE(run.force);
    EXPECT_EQ(run.progress, "plain");
    EXPECT_EQ(run.hang_after, "never");
    EXPECT_TRUE(run.diagnose_on_fail);
    EXPECT_TRUE(run.quiet);
}

TEST(Options, what_is_not_given_keeps_its_default)
{
    const auto run = parsed<RunOptions>({"run", "s.yaml"});
    EXPECT_EQ(run.hang_after, "300s");
    EXPECT_EQ(run.progress, "auto");
    EXPECT_EQ(run.output, "");
    EXPECT_FALSE(run.dry_run);
    EXPECT_EQ(parsed<CheckOptions>({"check", "x.h5"}).format, "text");
    EXPECT_EQ(parsed<CheckOptions>({"check", "x.h5"}).output, "");
    EXPECT_EQ(parsed<ReportOptions>({"report", "x.h5"}).output, "");
    EXPECT_EQ(parsed<ImportOptions>({"import", "--from", "osu", "x.log"}).output, "");
    EXPECT_EQ(parsed<HistoryOptions>({"history", "nights"}).accepted, "");
    EXPECT_EQ(parsed<HistoryOptions>({"history", "nights"}).max_p, 1e-4);
    EXPECT_EQ(parsed<PublishedOptions>({"published", "p"}).base_ranks, std::nullopt);
    EXPECT_EQ(parsed<ValidateOptions>({"validate", "s.yaml"}).ranks, std::nullopt);
}

TEST(Options, several_files_and_lists_are_taken_in_order)
{
    const auto compare = parsed<CompareOptions>({"compare", "b.h5", "a.h5", "--price", "2,1", "--power", "0.5,0.25"});
    EXPECT_THAT(compare.files, ElementsAre("b.h5", "a.h5"));
    EXPECT_THAT(compare.prices, ElementsAre("2", "1"));
    EXPECT_THAT(compare.powers, ElementsAre("0.5", "0.25"));
    EXPECT_THAT(parsed<ReportOptions>({"report", "b.h5", "a.h5"}).files, ElementsAre("b.h5", "a.h5"));
}

TEST(Options, colour_is_chosen_before_or_after_the_command)
{
    EXPECT_EQ(parse({"check", "x.h5"}).colour, ColourMode::automatic);
    EXPECT_EQ(parse({"check", "x.h5", "--color", "never"}).colour, ColourMode::never);
    EXPECT_EQ(parse({"check", "x.h5", "--color=always"}).colour, ColourMode::always);
    EXPECT_EQ(parse({"--color", "always", "check", "x.h5"}).colour, ColourMode::always);
    EXPECT_EQ(parse({"check", "--color=never"}).colour, ColourMode::never) << "of a wrong usage too";
}

TEST(Options, help_and_version_are_no_errors_whichever_way_they_are_asked_for)
{
    for (const auto& words : std::initializer_list<std::vector<std::string>>{{"version"}, {"--version"}}) {
        const EarlyExit early = exit_of(words);
        EXPECT_EQ(early.status, 0);
        EXPECT_EQ(early.text, "plumbline 1.2.3\n");
    }
    EXPECT_EQ(exit_of({"help"}).status, 0);
    EXPECT_EQ(exit_of({"help"}).text, exit_of({"--help"}).text);
    EXPECT_EQ(exit_of({"help"}).text, exit_of({"-h"}).text);
    for (const CommandEntry& command : command_table("1.2.3").commands) {
        const EarlyExit early = exit_of({"help", command.name});
        EXPECT_EQ(early.status, 0);
        EXPECT_EQ(early.text, exit_of({command.name, "--help"}).text);
        EXPECT_THAT(early.text, HasSubstr("Usage: plumbline " + command.name));
    }
}

TEST(Options, a_command_line_without_a_command_says_what_to_do_first)
{
    const EarlyExit early = exit_of({});
    EXPECT_EQ(early.status, 2);
    EXPECT_THAT(early.text,
                AllOf(StartsWith("plumbline: "), HasSubstr("plumbline run quickstart"), HasSubstr("'plumbline help'")));
    EXPECT_LE(std::ranges::count(early.text, '\n'), 15) << "a short screen";
}

TEST(Options, wrong_usage_is_one_sentence_that_names_what_is_wrong)
{
    struct Row {
        std::string line;
        std::string says;
    };
    const Row rows[] = {
        {"chekc x.h5", "'chekc' is no command"},
        {"chekc x.h5", "The nearest is 'check'. Try 'plumbline --help'"},
        {"help chekc", "The nearest is 'check'"},
        {"--verion", "'plumbline' has no option '--verion'. The nearest is '--version'"},
        {"show --fromat=json x.h5", "'show' has no option '--fromat'. The nearest is '--format'"},
        {"show --banana x.h5", "'show' has no option '--banana'. Try 'plumbline show --help'"},
        {"show x.h5 --format jsn",
         "--format: 'jsn' is none of text, json, csv, nccl-tests, prometheus. The nearest is 'json'"},
        {"show x.h5 --format xml",
         "--format: 'xml' is none of text, json, csv, nccl-tests, prometheus. Try 'plumbline show --help'"},
        {"show x.h5 y.h5", "'y.h5' is one argument more than 'show' takes"},
        {"list scenarois", "The nearest is 'scenarios'"},
        {"run", "SCENARIO is required. Try 'plumbline run --help'"},
        {"run s.yaml --resume --force", "excludes"},
        {"run s.yaml --append --resume", "excludes"},
        {"run s.yaml --append --force", "excludes"},
        {"run s.yaml --dry-run -q", "excludes"},
        {"list backends --backend-library x", "requires --backend"},
        {"import x.log", "--from is required"},
        {"import --from mpi-bench x.log", "'mpi-bench' is none of nccl-tests"},
        {"import --from osu --ranks 0 x.log", "'0' is no number from 1 to 10000000"},
        {"project x.h5", "--ranks is required"},
        {"project x.h5 --ranks -1", "'-1' is no number from 1 to 2147483647"},
        {"project x.h5 --ranks many", "'many' is no number"},
        {"launch -H localhost:2 --port 99999 -- run x.yaml", "'99999' is no number from 1 to 65535"},
        {"endure x.yaml --give-up-after 0 -- mpirun -n 2", "'0' is no number from 1 to 1000000000"},
        {"history nights --max-p 0.5", "'0.5' is no number from 0 to 0.05"},
        {"history nights --min-change -1", "--min-change"},
        {"check x.h5 --color red", "'red' is none of auto, always, never"},
    };
    for (const Row& row : rows) {
        const EarlyExit early = exit_of(words_of(row.line));
        EXPECT_EQ(early.status, 2) << row.line;
        EXPECT_THAT(early.text, AllOf(StartsWith("plumbline: "), HasSubstr(row.says), EndsWith("--help'.\n")))
            << row.line;
        EXPECT_EQ(std::ranges::count(early.text, '\n'), 1) << row.line;
    }
}

TEST(Options, a_word_that_is_near_to_no_command_has_no_suggestion)
{
    EXPECT_THAT(exit_of({"frobnicate"}).text, AllOf(HasSubstr("there are run, "), Not(HasSubstr("nearest"))));
}

TEST(Options, no_line_of_help_is_wider_than_a_terminal)
{
    std::vector<std::string> pages{exit_of({}).text, exit_of({"help"}).text};
    for (const CommandEntry& command : command_table("1.2.3").commands) {
        pages.push_back(exit_of({"help", command.name}).text);
    }
    EXPECT_EQ(pages.size(), 24U);
    for (const std::string& page : pages) {
        std::istringstream lines(page);
        for (std::string line; std::getline(lines, line);) {
            EXPECT_LE(text::width(line), help_columns) << line;
            EXPECT_FALSE(line.ends_with(' ')) << line;
        }
    }
}

TEST(CommandTable, each_value_of_an_option_has_a_name_of_its_own)
{
    for (const CommandEntry& command : command_table("1.2.3").commands) {
        for (const OptionEntry& option : command.options) {
            for (const char* of_the_parser : {"TEXT", "INT", "FLOAT"}) {
                EXPECT_THAT(option.value, Not(HasSubstr(of_the_parser))) << command.name << " " << option.long_name;
            }
            EXPECT_FALSE(option.long_name.empty()) << command.name;
            EXPECT_FALSE(option.help.empty()) << command.name << " " << option.long_name;
        }
    }
}

TEST(CommandTable, says_of_each_option_what_the_parser_holds)
{
    const CommandTable table = command_table("1.2.3");
    const auto option = [&](std::string_view command, std::string_view name) {
        const auto row = std::ranges::find(table.commands, command, &CommandEntry::name);
        return *std::ranges::find(row->options, name, &OptionEntry::long_name);
    };
    EXPECT_EQ(option("run", "--output").short_name, "-o");
    EXPECT_EQ(option("run", "--output").default_value, "<scenario name>.h5");
    EXPECT_EQ(option("run", "--hang-after").default_value, "300s");
    EXPECT_EQ(option("run", "--force").value, "") << "a flag";
    EXPECT_THAT(option("run", "--force").excludes, ElementsAre("--append", "--resume"));
    EXPECT_THAT(option("list", "--backend-library").needs, ElementsAre("--backend"));
    EXPECT_THAT(option("show", "--format").choices, ElementsAre("text", "json", "csv", "nccl-tests", "prometheus"));
    EXPECT_EQ(option("show", "--format").kind, ValueKind::choice);
    EXPECT_EQ(option("run", "--backend").kind, ValueKind::backend);
    EXPECT_EQ(option("check", "--targets").kind, ValueKind::profile);
    EXPECT_TRUE(option("import", "--from").required);
    EXPECT_EQ(option("run", "--help").group, "General");
    const auto compare = std::ranges::find(table.commands, "compare", &CommandEntry::name);
    ASSERT_EQ(compare->arguments.size(), 1U);
    EXPECT_TRUE(compare->arguments.front().repeatable);
    EXPECT_EQ(compare->arguments.front().kind, ValueKind::run_file);
}

TEST(Examples, each_command_has_some_and_all_are_taken_by_the_parser)
{
    for (const CommandEntry& command : command_table("1.2.3").commands) {
        const bool small = command.name == "help" || command.name == "version";
        EXPECT_GE(command.examples.size(), small ? 1U : 2U) << command.name;
        for (const Example& example : command.examples) {
            // What a launcher or another program does before, and what the shell does after, is theirs.
            std::string line = example.line.substr(example.line.find("plumbline ") + 10);
            line = line.substr(0, std::min(line.find(" > "), line.find(" && ")));
            const auto words = words_of(line);
            const Invocation invocation = parse(words);
            const auto* early = std::get_if<EarlyExit>(&invocation.request);
            EXPECT_TRUE(early == nullptr || early->status == 0) << example.line;
            EXPECT_TRUE(words.front() == command.name || command.name == "diagnose") << example.line;
        }
    }
}

}  // namespace
}  // namespace plumbline::app
