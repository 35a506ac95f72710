// SPDX-License-Identifier: Apache-2.0
#include "collectives/util/error.hpp"
#include "harness/app/bundled_scenarios.hpp"
#include "harness/app/commands.hpp"
#include "harness/app/document/signed_files.hpp"
#include "harness/app/language.hpp"
#include "harness/app/output.hpp"
#include "harness/app/run/judgement_input.hpp"
#include "harness/app/soak_commands.hpp"
#include "harness/util/timing.hpp"
#include "results/files/read_text.hpp"
#include "results/files/temporary_file.hpp"
#include "results/report/manifest.hpp"
#include "results/store/store.hpp"
#include "results/util/sha256.hpp"
#include "results/util/signature.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <string>

namespace plumbline::app {

namespace fs = std::filesystem;

namespace {

constexpr std::uintmax_t largest_key = 4096;

/// A new file that replaces nothing, whole and on the disk, or none at all.
void write_key(const std::string& path, const std::string& text, mode_t mode)
{
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (file < 0) {
        throw ConfigError(say("cannot write '{}' ({}). Choose another place for the key", path,
                              errno == EEXIST ? "a key is never replaced" : std::generic_category().message(errno)));
    }
    const ssize_t written = ::write(file, text.data(), text.size());
    const bool synced = ::fsync(file) == 0;
    const bool closed = ::close(file) == 0;
    if (written != static_cast<ssize_t>(text.size()) || !synced || !closed) {
        ::unlink(path.c_str());
        throw StoreError(say("'{}' can't be written whole (a full disk?)", path));
    }
}

/// A secret that others can read or replace is nobody's signature.
void require_own(const std::string& path)
{
    struct stat status = {};
    constexpr mode_t of_others = 077;
    if (::stat(path.c_str(), &status) == 0 && (status.st_mode & of_others) != 0) {
        throw ConfigError(
            say("'{}' is open to others (mode {}), so what it signs may be anybody's. Make it its owner's alone with "
                "'chmod 600', or make another with 'plumbline sign --new-key FILE'",
                path, fmt::format("{:04o}", static_cast<unsigned>(status.st_mode) & 07777U)));
    }
}

SignedFile signed_file(const std::string& role, const std::string& path)
{
    std::error_code error;
    if (!fs::is_regular_file(path, error)) {
        throw ConfigError(fs::exists(path, error)
                              ? say("cannot read '{}' (it is no regular file). Check the path", path)
                              : say("cannot read '{}' (there is no such file). Check the path", path));
    }
    return {.role = role,
            .name = fs::path(path).filename().string(),
            .bytes = fs::file_size(path),
            .sha256 = report::sha256_of_file(path)};
}

int make_keys(const std::string& path, Language language)
{
    const KeyPair keys = make_key_pair();
    write_key(path, keys.secret_key + "\n", 0600);
    try {
        write_key(path + ".pub", keys.public_key + "\n", 0644);
    } catch (const std::exception&) {
        ::unlink(path.c_str());  // a secret alone, which nobody was told of
        throw;
    }
    write_result(in(language, say("wrote {} (keep it secret) and {}.pub (for those who verify)", path, path)) + "\n");
    return 0;
}

}  // namespace

std::string read_key(const std::string& path)
{
    std::string text = files::read_text(path, largest_key, "Make one with 'plumbline sign --new-key FILE'");
    text.erase(text.find_last_not_of(" \t\r\n") + 1);
    return text;
}

int sign_command(const SignOptions& as_named)
{
    SignOptions options = as_named;
    if (!options.new_key.empty()) {
        return make_keys(options.new_key, chosen_language(options.language));
    }
    if (options.file.empty() || options.key.empty()) {
        throw ConfigError(say("sign needs a run file and --key (or --new-key to make one). Name both"));
    }
    const std::string secret = read_key(options.key);
    const auto public_key = public_key_of(secret);
    if (!public_key) {
        throw ConfigError(
            say("'{}' holds no secret key (base64 of 64 bytes, of which the second half follows from the first; it may "
                "be damaged). Make one with 'plumbline sign --new-key FILE'",
                options.key));
    }
    require_own(options.key);
    const std::string targets = options.targets.empty() ? "" : find_profile(options.targets);
    options.file = run_file_of(as_named.file);
    const RunFile file(options.file);
    refuse_altered(options.file);
    if (!file.complete()) {
        throw ConfigError(
            say("{}: is unfinished (a signature would be of a part). Go on with 'run --resume' first", options.file));
    }
    const auto verdict = judge_file(file, load_judgement_input(file, options.file, targets)).verdict;
    Manifest manifest{.signer = options.signer,
                      .signed_unix_s = std::floor(unix_now_s()),
                      .run = file.info().name,
                      .verdict = verdict ? std::string(name(*verdict)) : "",
                      .files = {signed_file("run", options.file)},
                      .public_key = *public_key,
                      .signature = {}};
    if (!targets.empty()) {
        manifest.files.push_back(signed_file("targets", targets));
    }
    for (const std::string& page : options.reports) {
        manifest.files.push_back(signed_file("report", page));
    }
    manifest.signature = sign(signed_text(manifest), secret).value();
    const std::string output = options.output.empty() ? options.file + ".signed.json" : options.output;
    std::vector<std::string> inputs = options.reports;
    inputs.insert(inputs.end(), {options.file, options.targets, options.key});
    write_document(
        {.path = output, .text = manifest_text(manifest), .format = "manifest", .inputs = inputs, .replaces = false});
    const Sentence files = count_said(static_cast<long long>(manifest.files.size()), "{} file", "{} files");
    write_result(
        in(chosen_language(options.language), say("wrote {}: {} signed with key {}", output, files, *public_key)) +
        "\n");
    return 0;
}

}  // namespace plumbline::app
