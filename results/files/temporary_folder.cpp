// SPDX-License-Identifier: Apache-2.0
#include "results/files/temporary_folder.hpp"

#include "collectives/util/error.hpp"

#include <cstdlib>
#include <system_error>

namespace plumbline::files {

namespace fs = std::filesystem;

TemporaryFolder::TemporaryFolder(const std::string& kind, const Sentence& use)
{
    std::error_code error;
    const fs::path place = fs::temp_directory_path(error);
    std::string name = (place / ("plumbline-" + kind + "-XXXXXX")).string();
    if (error || ::mkdtemp(name.data()) == nullptr) {
        const char* const named = std::getenv("TMPDIR");
        const std::string where = error && named != nullptr ? named : place.string();
        throw ConfigError(say("{} can't be written ({}). Set TMPDIR", where, use));
    }
    path_ = name;
}

TemporaryFolder::~TemporaryFolder()
{
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

}  // namespace plumbline::files
