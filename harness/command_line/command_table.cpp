// SPDX-License-Identifier: Apache-2.0
#include "harness/command_line/command_table.hpp"

#include <algorithm>
#include <array>

namespace plumbline::app {

ValueKind kind_of(std::string_view value)
{
    struct Row {
        std::string_view value;
        ValueKind kind;
    };
    constexpr std::array rows{
        Row{"FILE.h5", ValueKind::run_file}, Row{"FILE", ValueKind::file},       Row{"LOG", ValueKind::file},
        Row{"PATH", ValueKind::file},        Row{"FOLDER", ValueKind::folder},   Row{"SCENARIO", ValueKind::scenario},
        Row{"PROFILE", ValueKind::profile},  Row{"RIVAL", ValueKind::profile},   Row{"TARGETS", ValueKind::profile},
        Row{"BACKEND", ValueKind::backend},  Row{"COMMAND", ValueKind::command},
    };
    const auto found = std::ranges::find(rows, value, &Row::value);
    return found == rows.end() ? ValueKind::text : found->kind;
}

CommandTable in_language(CommandTable table, Language language)
{
    table.language = language;
    const auto translate = [&](std::string& text) { text = in(language, word(text)); };
    const auto translate_all = [&](std::vector<OptionEntry>& entries) {
        for (OptionEntry& entry : entries) {
            translate(entry.help);
            translate(entry.default_value);
            translate(entry.group);
        }
    };
    translate(table.description);
    translate_all(table.options);
    for (CommandEntry& command : table.commands) {
        translate(command.summary);
        translate(command.group);
        translate_all(command.arguments);
        translate_all(command.options);
        for (Example& example : command.examples) {
            translate(example.purpose);
        }
    }
    for (ExitStatus& row : table.exit_statuses) {
        translate(row.meaning);
    }
    return table;
}

}  // namespace plumbline::app
