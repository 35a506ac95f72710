// SPDX-License-Identifier: Apache-2.0
#include "scenarios/model/input_files.hpp"

#include "collectives/util/error.hpp"

#include <fmt/format.h>

#include <fstream>
#include <sstream>

namespace plumbline {

const std::string& InputFiles::text(const std::string& name)
{
    const auto known = texts_.find(name);
    if (known != texts_.end()) {
        return known->second;
    }
    std::ifstream file(path(name));
    if (!std::filesystem::is_regular_file(path(name)) || !file) {
        throw ConfigError(
            fmt::format("{}: can't be read (the table of skew matrix is expected next to the "
                        "scenario). Correct 'skew.file'",
                        path(name).string()));
    }
    std::ostringstream text;
    text << file.rdbuf();
    return texts_.emplace(name, text.str()).first->second;
}

}  // namespace plumbline
