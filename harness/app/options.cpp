// SPDX-License-Identifier: Apache-2.0
#include "harness/app/options.hpp"

#include "harness/app/add_commands.hpp"
#include "harness/app/language.hpp"
#include "harness/command_line/examples.hpp"
#include "harness/command_line/help_text.hpp"
#include "harness/command_line/option_kinds.hpp"
#include "harness/command_line/usage_errors.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace plumbline::app {

namespace {

std::vector<std::string> long_names(const std::set<CLI::Option*>& options)
{
    std::vector<std::string> names;
    for (const CLI::Option* option : options) {
        names.push_back(option->get_name());
    }
    std::ranges::sort(names);
    return names;
}

OptionEntry entry_of(const CLI::Option& option)
{
    const bool flag = option.get_items_expected_max() == 0;
    std::string type = option.get_type_name();
    type = type.substr(0, type.find(':'));  // a validator's description follows
    OptionEntry entry{.short_name = option.get_snames().empty() ? "" : "-" + option.get_snames().front(),
                      .long_name = option.get_lnames().empty() ? "" : "--" + option.get_lnames().front(),
                      .value = flag ? "" : (option.get_positional() ? option.get_name(true) : type),
                      .help = option.get_description(),
                      .default_value = option.get_default_str(),
                      .excludes = long_names(option.get_excludes()),
                      .needs = long_names(option.get_needs()),
                      .required = option.get_required(),
                      .repeatable = option.get_expected_max() > 1,
                      .group = option.get_positional() ? "Arguments" : option.get_group()};
    if (!flag && type.find('|') != std::string::npos) {
        entry.kind = ValueKind::choice;
        entry.choices = CLI::detail::split(type, '|');
    } else {
        entry.kind = kind_of(entry.value);
    }
    return entry;
}

/// The entries of what has a place in its command, or of what has a name. Those of group `general_group` come last.
std::vector<OptionEntry> entries_of(const CLI::App& app, bool positional)
{
    std::vector<OptionEntry> entries;
    for (const CLI::Option* option : app.get_options()) {
        if (option->get_positional() == positional && !option->get_group().empty()) {  // "" hides it
            entries.push_back(entry_of(*option));
        }
    }
    std::ranges::stable_sort(entries, {}, [](const OptionEntry& entry) { return entry.group == general_group; });
    return entries;
}

/// CLI11's parser of the whole command line, and the values that it writes to.
class Grammar {
public:
    Grammar(const std::string& version, const std::string& build, Language language)
        : app_("Measures collective communication at growing scale, records every sample, and judges it.", "plumbline"),
          version_(version),
          build_(build),
          language_(language)
    {
        app_.set_help_flag("-h,--help", "Print this help")->group(general_group);
        app_.set_version_flag("--version", "plumbline " + version, "Print the version")->group(general_group);
        add_colour(app_, colour_);
        app_.require_subcommand(1);
        add("Measure", add_run);
        add("Measure", add_launch);
        add("Measure", add_endure);
        add("Measure", add_doctor);
        add("Measure", add_validate);
        add("Measure", add_list);
        add("Judge", add_bounds);
        add("Judge", add_check);
        add("Judge", add_verify);
        add("Judge", add_sign);
        add("Other", add_anonymise);
        add("Look", add_show);
        add("Look", add_report);
        add("Look", add_diagnose);
        add("Judge", add_admit);
        add("Compare", add_compare);
        add("Compare", add_history);
        add("Compare", add_project);
        add("Compare", add_published);
        add("Other", add_import);
        help_ = app_.add_subcommand("help", "Explain the program, or one of its commands");
        help_->add_option("COMMAND", explained_, "Command to explain");
        version_command_ = app_.add_subcommand("version", "Print the version");
        for (CLI::App* command : {help_, version_command_}) {
            command->group("Other")->get_help_ptr()->group(general_group);
        }
    }

    /// Throws CLI::Error.
    void parse(int argc, const char* const* argv) { app_.parse(argc, argv); }

    /// After parse().
    std::variant<Command, EarlyExit> request() const
    {
        for (const auto& [command, value] : commands_) {
            if (command->parsed()) {
                return value();
            }
        }
        if (version_command_->parsed()) {
            return EarlyExit{0, version_text()};
        }
        return explained_.empty() ? EarlyExit{0, help_text(table())} : explain(explained_);
    }

    ColourMode colour() const
    {
        return colour_ == "always"  ? ColourMode::always
               : colour_ == "never" ? ColourMode::never
                                    : ColourMode::automatic;
    }

    /// Of the command that was parsed, else of the program.
    std::string help_of_parsed() const
    {
        const auto parsed = app_.get_subcommands();
        return parsed.empty() ? help_text(table()) : explain(parsed.front()->get_name()).text;
    }

    std::string version_text() const
    {
        return build_.empty() ? fmt::format("plumbline {}\n", version_)
                              : fmt::format("plumbline {} ({})\n", version_, build_);
    }

    /// The sentence on what CLI11 says is wrong.
    EarlyExit refusal(const CLI::ParseError& error, std::string_view first_word) const
    {
        const auto parsed = app_.get_subcommands();
        if (parsed.empty() && !first_word.starts_with('-')) {
            return wrong_usage(no_such_command(table(), first_word), "");
        }
        const CLI::App& where = parsed.empty() ? app_ : *parsed.front();
        auto unknown = where.remaining();
        std::erase(unknown, "--");  // stands between a command's options and what it starts
        return wrong_usage(unknown.empty()
                               ? said_by_cli(error.what())
                               : unexpected_word(where.get_name(), entries_of(where, false), unknown.front()),
                           parsed.empty() ? "" : where.get_name());
    }

    CommandTable table() const { return in_language(english_table(), language_); }

    CommandTable english_table() const
    {
        CommandTable table{.program = "plumbline",
                           .version = version_,
                           .description = app_.get_description(),
                           .options = entries_of(app_, false),
                           .exit_statuses = {{0, "PASS or done"},
                                             {1, "FAIL"},
                                             {2, "wrong usage or input"},
                                             {3, "INCONCLUSIVE"},
                                             {4, "NOT_MEASURED"},
                                             {5, "the run itself broke"}}};
        for (const CLI::App* command : app_.get_subcommands([](const CLI::App*) { return true; })) {
            table.commands.push_back({.name = command->get_name(),
                                      .summary = command->get_description(),
                                      .group = command->get_group(),
                                      .arguments = entries_of(*command, true),
                                      .options = entries_of(*command, false),
                                      .examples = examples_of(command->get_name())});
        }
        return table;
    }

private:
    template <class Options>
    void add(const char* group, CLI::App* (*define)(CLI::App&, Options&))
    {
        auto options = std::make_shared<Options>();
        CLI::App* command = define(app_, *options);
        command->group(group)->get_help_ptr()->group(general_group);
        add_colour(*command, colour_);
        if (command->get_option_no_throw("--lang") == nullptr) {
            add_language(*command, words_of_errors_);
        }
        commands_.emplace_back(command, [options] { return Command(*options); });
    }

    EarlyExit explain(std::string_view name) const
    {
        const CommandTable all = table();
        const CommandEntry* command = find_command(all, name);
        return command == nullptr ? wrong_usage(no_such_command(all, name), "")
                                  : EarlyExit{0, help_text(all, *command)};
    }

    /// `command`: whose help says more; "" = the program's.
    EarlyExit wrong_usage(const Sentence& problem, const std::string& command) const
    {
        const Sentence said = say("{}. Try 'plumbline {}--help'.", problem, command.empty() ? "" : command + " ");
        return {2, "plumbline: " + in(language_, said) + "\n"};
    }

    /// CLI11's own sentence, which may begin with an option's name.
    static Sentence said_by_cli(const std::string& text)
    {
        const std::size_t end = text.find(": ");
        return text.starts_with('-') && end != std::string::npos
                   ? say("{}: {}", text.substr(0, end), text.substr(end + 2))
                   : Sentence(text);
    }

    CLI::App app_;
    std::string version_;
    std::string build_;  ///< commit and compiler; "" where they don't matter
    Language language_;  ///< of what is wrong with the command line
    std::string colour_ = "auto";
    std::string words_of_errors_;  ///< --lang of commands whose results are alike in all languages
    std::string explained_;
    CLI::App* help_ = nullptr;
    CLI::App* version_command_ = nullptr;
    std::vector<std::pair<const CLI::App*, std::function<Command()>>> commands_;
};

}  // namespace

Invocation parse_options(int argc, const char* const* argv, const std::string& version, const std::string& build)
{
    Grammar grammar(version, build, language_of_arguments({argv, static_cast<std::size_t>(argc)}));
    if (argc < 2) {
        return {EarlyExit{2, first_screen(grammar.table(), first_steps())}};
    }
    try {
        grammar.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
        return {EarlyExit{0, grammar.help_of_parsed()}, grammar.colour()};
    } catch (const CLI::CallForVersion&) {
        return {EarlyExit{0, grammar.version_text()}, grammar.colour()};
    } catch (const CLI::ParseError& error) {
        return {grammar.refusal(error, argv[1]), grammar.colour()};
    }
    return {grammar.request(), grammar.colour()};
}

CommandTable command_table(const std::string& version)
{
    return Grammar(version, "", Language::en).table();
}

}  // namespace plumbline::app
