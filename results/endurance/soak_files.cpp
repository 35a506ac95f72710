// SPDX-License-Identifier: Apache-2.0
#include "results/endurance/soak_files.hpp"

#include "results/endurance/told_soak.hpp"
#include "results/files/read_text.hpp"

#include <cstdint>
#include <system_error>

namespace plumbline {

namespace fs = std::filesystem;

namespace {

constexpr std::uintmax_t most_bytes = std::uintmax_t{2} << 30U;

}  // namespace

fs::path journal_of(const fs::path& folder)
{
    return folder / "journal.txt";
}

bool is_soak(const fs::path& folder)
{
    std::error_code error;
    return fs::is_directory(folder, error) && fs::is_regular_file(journal_of(folder), error);
}

std::string journal_text(const fs::path& folder)
{
    return files::read_text(journal_of(folder), most_bytes, "Name a folder that plumbline endure made");
}

Soak load_soak(const fs::path& folder)
{
    return told_soak(journal_text(folder), journal_of(folder).string()).soak;
}

}  // namespace plumbline
