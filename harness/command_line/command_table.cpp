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

}  // namespace plumbline::app
