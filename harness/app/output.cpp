// SPDX-License-Identifier: Apache-2.0
#include "harness/app/output.hpp"

#include "collectives/util/error.hpp"
#include "results/files/temporary_file.hpp"
#include "results/files/writer_lock.hpp"
#include "results/store/store.hpp"
#include "results/util/text.hpp"
#include "results/verdicts/verdict.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <system_error>

namespace plumbline::app {

namespace {

namespace fs = std::filesystem;

void write_as_it_comes(const std::string& path, const std::string& text)
{
    // A FIFO without a reader would keep the command for good. This end stays open meanwhile: its reader must not see
    // an end before the text.
    const int without_waiting = ::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    if (without_waiting < 0 && errno == ENXIO) {
        throw ConfigError(
            say("'{}' can't be written (a FIFO or socket that nobody reads). Start its reader first, or choose "
                "another place with -o",
                path));
    }
    std::ofstream out(path, std::ios::trunc);
    out << text << std::flush;
    if (without_waiting >= 0) {
        ::close(without_waiting);
    }
    if (!out) {
        throw ConfigError(say("{}: can't be written. Choose another place with -o", path));
    }
}

/// The beginning and the end of a file, which tell what it is.
std::string ends_of(const std::string& path)
{
    constexpr std::streamoff part = 1 << 16;
    std::ifstream in(path, std::ios::binary);
    std::string text(part, '\0');
    in.read(text.data(), part);
    text.resize(static_cast<std::size_t>(in.gcount()));
    if (in.eof()) {
        return text;
    }
    std::string end(part, '\0');
    in.seekg(-part, std::ios::end);
    in.read(end.data(), part);
    return text + end.substr(0, static_cast<std::size_t>(in.gcount()));
}

bool has_line_that_begins(std::string_view text, std::string_view with)
{
    return text.starts_with(with) || text.find("\n" + std::string(with)) != std::string_view::npos;
}

void check_place(const Document& document)
{
    std::error_code error;
    for (const std::string& input : document.inputs) {
        if (fs::equivalent(document.path, input, error)) {
            throw ConfigError(say("{}: is what the page is made of. Choose another place with -o", document.path));
        }
    }
    if (is_hdf5_file(document.path)) {
        throw ConfigError(
            say("{}: is a run file (its measurements would be lost). Choose another place with -o", document.path));
    }
}

/// What nobody can have made but this program, or nobody can miss.
void check_replaceable(const Document& document)
{
    std::error_code error;
    const bool exists = fs::exists(fs::symlink_status(document.path, error));
    if (exists && !document.replaces) {
        throw ConfigError(say("'{}' exists (a signature is never replaced). Name another with -o", document.path));
    }
    if (!exists || (fs::file_size(document.path, error) == 0 && !error) ||
        is_own_document(ends_of(document.path), document.format)) {
        return;
    }
    throw ConfigError(
        say("'{}' exists and is not what this command writes as {} (-o replaces nothing else). Name another "
            "file, or remove it yourself",
            document.path, document.format));
}

}  // namespace

void prepare_standard_streams()
{
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (fcntl(stream, F_GETFD) < 0) {
            // The lowest number that is free is this one. Writing to it fails, as it should.
            const int opened = ::open("/dev/null", O_RDONLY);
            static_cast<void>(opened);
        }
    }
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
}

bool stdout_has_arrived()
{
    return static_cast<bool>(std::cout.flush());
}

void write_result(const std::string& text)
{
    std::cout << text;
    if (!stdout_has_arrived()) {
        throw StoreError(say("stdout can't be written (closed or full)"));
    }
}

bool is_own_document(std::string_view text, std::string_view format)
{
    const auto has = [&](std::string_view part) { return text.find(part) != std::string_view::npos; };
    if (format == "html") {
        return text.starts_with("<!doctype html>\n") && has("<title>plumbline: ");
    }
    if (format == "pdf") {
        // The page's title, as the browser writes it: in Latin letters, or in UTF-16.
        return text.starts_with("%PDF-") && (has("plumbline: ") || has("/Title (plumbline:") ||
                                             has("/Title <FEFF0070006C0075006D0062006C0069006E0065"));
    }
    if (format == "md") {
        return text.starts_with("<!-- plumbline report -->");
    }
    if (format == "csv") {
        return text.starts_with("\xEF\xBB\xBF");
    }
    if (format == "manifest") {
        return text.starts_with("{") && has("\"plumbline_manifest\":");
    }
    if (format == "json" && has("\"possible_links\":")) {
        return text.starts_with("{");
    }
    if (format == "json") {
        return text.starts_with("{") && has("\"verdict\":") && (has("\"findings\":") || has("\"runs\":"));
    }
    if (format == "junit") {
        return text.starts_with("<?xml ") && has("<testsuites>") &&
               (has("<testsuite name=\"plumbline history\"") || has("<testsuite name=\"plumbline night\"") ||
                has("<testsuite name=\"plumbline diagnosis\"") || has("<property name=\"verdict\""));
    }
    if (format == "prometheus") {
        return text.starts_with("# HELP plumbline_");
    }
    return has_line_that_begins(text, "verdict: ") || has_line_that_begins(text, "结论：") ||
           has_line_that_begins(text, "只测量，未判定") || has_line_that_begins(text, not_judged) ||
           has_line_that_begins(text, "links: not measured") || has_line_that_begins(text, "case ") ||
           has_line_that_begins(text, "fairness: what differs between the environments");
}

void write_document(const Document& asked)
{
    check_place(asked);
    Document document = asked;
    if (document.format != "html" &&
        document.format != "pdf") {  // a page cleans what it takes in: its scripts stay as they are
        document.text = document.format == "csv" ? document.text : text::printable_lines(document.text);
    }
    std::error_code error;
    const fs::path path = document.path;
    if (!document.replaces) {
        check_replaceable(document);
    }
    const bool exists = fs::exists(path, error);
    if (exists && (!fs::is_regular_file(path, error) || fs::is_symlink(path, error))) {
        if (fs::is_regular_file(path, error)) {
            check_replaceable(document);  // what the link leads to
        }
        // A pipe, a device, or what a link such as /dev/stdout leads to takes it as it comes; a folder says why not.
        write_as_it_comes(document.path, document.text);
        return;
    }
    const files::HeldSignals whole;
    const files::WriterLock lock(path, [](const std::string& line) { std::cerr << "plumbline: " << line << '\n'; });
    check_replaceable(document);
    try {
        files::TemporaryFile unfinished(path);
        unfinished.write(document.text);
        unfinished.take_place();
    } catch (const std::system_error& failure) {
        throw ConfigError(
            say("cannot write '{}' ({}). Choose another place with -o", document.path, failure.code().message()));
    }
}

}  // namespace plumbline::app
