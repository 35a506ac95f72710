// SPDX-License-Identifier: Apache-2.0
#include "harness/app/output.hpp"

#include "collectives/util/error.hpp"
#include "results/store/store.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <system_error>

namespace plumbline::app {

namespace {

void write_as_it_comes(const std::string& path, const std::string& text)
{
    std::ofstream out(path, std::ios::trunc);
    out << text << std::flush;
    if (!out) {
        throw ConfigError(fmt::format("{}: can't be written. Choose another place with -o", path));
    }
}

}  // namespace

void write_result(const std::string& text)
{
    std::cout << text << std::flush;
    if (!std::cout) {
        throw StoreError("stdout can't be written (closed or full)");
    }
}

void write_document(const std::string& path, const std::string& text, const std::vector<std::string>& inputs)
{
    std::error_code error;
    for (const std::string& input : inputs) {
        if (std::filesystem::equivalent(path, input, error)) {
            throw ConfigError(fmt::format("{}: is what the page is made of. Choose another place with -o", path));
        }
    }
    if (is_hdf5_file(path)) {
        throw ConfigError(
            fmt::format("{}: is a run file (its measurements would be lost). Choose another place with -o", path));
    }
    const bool exists = std::filesystem::exists(path, error);
    if (exists && (!std::filesystem::is_regular_file(path, error) || std::filesystem::is_symlink(path, error))) {
        // A pipe, a device, or what a link such as /dev/stdout leads to takes it as it comes; a folder says why not.
        write_as_it_comes(path, text);
        return;
    }
    const std::string unfinished = path + ".tmp";
    errno = 0;
    std::ofstream out(unfinished, std::ios::trunc | std::ios::binary);
    out << text << std::flush;
    out.close();
    const std::string why = std::generic_category().message(errno);
    if (out) {
        std::filesystem::rename(unfinished, path, error);
    }
    if (!out || error) {
        std::error_code ignored;
        std::filesystem::remove(unfinished, ignored);
        throw ConfigError(
            fmt::format("cannot write '{}' ({}). Choose another place with -o", path, error ? error.message() : why));
    }
}

}  // namespace plumbline::app
