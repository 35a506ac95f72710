// SPDX-License-Identifier: Apache-2.0
#include "results/files/read_text.hpp"

#include "collectives/util/error.hpp"
#include "collectives/util/units.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <fstream>
#include <system_error>

namespace plumbline::files {

std::string read_text(const std::filesystem::path& path, std::uintmax_t most_bytes, std::string_view suggestion)
{
    const auto refuse = [&](const std::string& why) {
        throw ConfigError(say("{}: can't be read ({}). {}", path.string(), why, suggestion));
    };
    std::error_code error;
    const auto status = std::filesystem::status(path, error);
    if (!std::filesystem::exists(status)) {
        refuse("there is no such file");
    }
    if (!std::filesystem::is_regular_file(status)) {
        refuse("it is no regular file");
    }
    const std::uintmax_t size = std::filesystem::file_size(path, error);
    if (error || size > most_bytes) {
        refuse(error ? error.message() : fmt::format("it is larger than {}", format_bytes(most_bytes)));
    }
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        refuse(std::generic_category().message(errno));
    }
    std::string text(static_cast<std::size_t>(size), '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (file.bad()) {
        refuse("its disk failed");
    }
    text.resize(static_cast<std::size_t>(file.gcount()));
    return text;
}

}  // namespace plumbline::files
