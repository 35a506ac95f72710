// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/texts/language.hpp"

#include <string>
#include <string_view>
#include <vector>

/// The command line as plain values: help, man pages and completions are made from the same table.
namespace plumbline::app {

/// What a value on the command line is, as far as a shell can complete it.
enum class ValueKind {
    text,      ///< nothing to offer
    choice,    ///< one of OptionEntry::choices
    file,      ///< any file
    run_file,  ///< a file *.h5
    folder,
    scenario,  ///< a file *.yaml, or the name of a shipped scenario
    profile,   ///< a file *.yaml, or the name of a shipped profile
    backend,
    command,
};

/// Of what stands for a value in help: "FILE.h5", "SCENARIO"; text for what says nothing to a shell.
ValueKind kind_of(std::string_view value);

// Each member has an initialiser, so that tables and tests may leave some out.
// NOLINTBEGIN(readability-redundant-member-init)

/// An option, or an argument that is known by its position.
struct OptionEntry {
    std::string short_name{};          ///< "-o"; "" = none
    std::string long_name{};           ///< "--output"; "" of an argument
    std::string value{};               ///< what stands for its value, e.g. "FILE"; "" of a flag
    ValueKind kind = ValueKind::text;  ///< of its value
    std::vector<std::string> choices{};
    std::string help{};
    std::string default_value{};          ///< "" = none, or `help` says it
    std::vector<std::string> excludes{};  ///< long names, sorted
    std::vector<std::string> needs{};     ///< long names, sorted
    bool required = false;
    bool repeatable = false;
    std::string group{};  ///< the title that it stands under
};

struct Example {
    std::string purpose{};  ///< without a stop at its end
    std::string line{};     ///< of a shell
};

struct CommandEntry {
    std::string name{};
    std::string summary{};
    std::string group{};
    std::vector<OptionEntry> arguments{};
    std::vector<OptionEntry> options{};
    std::vector<Example> examples{};
};

struct ExitStatus {
    int status = 0;
    std::string meaning{};
};

struct CommandTable {
    std::string program{};
    std::string version{};
    std::string description{};
    std::vector<CommandEntry> commands{};  ///< in the order of help; those of a group stand together
    std::vector<OptionEntry> options{};    ///< of the program itself
    std::vector<ExitStatus> exit_statuses{};
    Language language = Language::en;  ///< of its texts, and of help on them
};

// NOLINTEND(readability-redundant-member-init)

/// `table`, which is in English, with its texts in another language; names, types and lines of a shell stay. A text
/// without a row in the catalogue stays too.
CommandTable in_language(CommandTable table, Language language);

}  // namespace plumbline::app
