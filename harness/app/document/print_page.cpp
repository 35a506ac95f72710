// SPDX-License-Identifier: Apache-2.0
#include "harness/app/document/print_page.hpp"

#include "collectives/util/error.hpp"
#include "harness/app/launch/child_processes.hpp"
#include "results/files/temporary_folder.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <ostream>
#include <sstream>
#include <string_view>
#include <system_error>
#include <vector>

namespace plumbline::app {

namespace fs = std::filesystem;

namespace {

std::optional<std::string> on_the_path(std::string_view name)
{
    const char* const variable = std::getenv("PATH");
    std::istringstream folders(variable == nullptr ? "" : variable);
    for (std::string folder; std::getline(folders, folder, ':');) {
        const fs::path path = fs::path(folder) / name;
        if (access(path.c_str(), X_OK) == 0) {
            return path.string();
        }
    }
    return std::nullopt;
}

std::string browser()
{
    const char* const named = std::getenv("PLUMBLINE_BROWSER");
    if (named != nullptr && *named != '\0') {
        if (access(named, X_OK) != 0) {
            throw ConfigError(
                say("PLUMBLINE_BROWSER is '{}', which can't be run. Name the program of Chromium or Chrome", named));
        }
        return named;
    }
    for (const char* const name : {"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"}) {
        if (auto path = on_the_path(name)) {
            return *path;
        }
    }
    throw ConfigError(
        say("a PDF needs Chromium (none is on the PATH). Install chromium, name one in PLUMBLINE_BROWSER, or print the "
            "page of --format html from any browser"));
}

}  // namespace

std::string printed_as_pdf(const std::string& html)
{
    const std::string program = browser();
    const files::TemporaryFolder scratch("page", say("a page is printed by way of it"));
    const fs::path page = scratch.path() / "page.html";
    const fs::path pdf = scratch.path() / "page.pdf";
    std::ofstream(page, std::ios::binary) << html;
    std::vector<std::string> arguments{program,
                                       "--headless=new",
                                       "--disable-gpu",
                                       "--disable-dev-shm-usage",
                                       "--no-pdf-header-footer",
                                       "--virtual-time-budget=20000",
                                       "--user-data-dir=" + (scratch.path() / "profile").string(),
                                       "--print-to-pdf=" + pdf.string()};
    if (geteuid() == 0) {
        arguments.emplace_back("--no-sandbox");  // Chromium doesn't start as root otherwise; the page loads nothing
    }
    arguments.push_back("file://" + page.string());
    std::ostringstream said;
    ChildProcesses children(said, said);
    children.start({.arguments = std::move(arguments), .environment = {}, .prefix = {}, .input = {}});
    constexpr std::chrono::seconds patience{60};
    const auto ends = children.wait([] { return 0; }, {}, [](int status) { return status != 0; }, patience);
    std::ifstream printed(pdf, std::ios::binary);
    std::string bytes((std::istreambuf_iterator<char>(printed)), std::istreambuf_iterator<char>());
    if (!bytes.starts_with("%PDF-")) {
        throw ConfigError(
            say("{} printed nothing (it ended with {}). Print the page of --format html from any "
                "browser",
                program, ends.front().status));
    }
    return bytes;
}

}  // namespace plumbline::app
