// SPDX-License-Identifier: Apache-2.0
/// Writes what is installed beside the program from its table of options: reference_pages FOLDER
#include "harness/app/options.hpp"
#include "harness/command_line/completions.hpp"
#include "harness/command_line/man_pages.hpp"

#include <fmt/format.h>

#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>

namespace {

using namespace plumbline::app;
namespace fs = std::filesystem;

void write(const fs::path& path, const std::string& text)
{
    fs::create_directories(path.parent_path());
    std::ofstream out(path, std::ios::trunc);
    out << text << std::flush;
    if (!out) {
        throw std::runtime_error(fmt::format("{}: can't be written", path.string()));
    }
}

void write_man_pages(const fs::path& folder, const CommandTable& table)
{
    write(folder / "plumbline.1", man_page(table));
    for (const CommandEntry& command : table.commands) {
        write(folder / fmt::format("plumbline-{}.1", command.name), man_page(table, command));
    }
}

/// As in <prefix>/share.
void write_all(const fs::path& share)
{
    const CommandTable table = command_table(PLUMBLINE_VERSION);
    write_man_pages(share / "man/man1", table);
    write_man_pages(share / "man/zh_CN/man1", in_language(table, plumbline::Language::zh));
    write(share / "bash-completion/completions/plumbline", bash_completion(table));
    write(share / "zsh/site-functions/_plumbline", zsh_completion(table));
    write(share / "fish/vendor_completions.d/plumbline.fish", fish_completion(table));
}

}  // namespace

int main(int argc, char** argv)
{
    if (argc != 2) {
        std::cerr << "usage: reference_pages FOLDER\n";
        return 2;
    }
    try {
        write_all(argv[1]);
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "reference_pages: " << error.what() << '\n';
        return 1;
    }
}
