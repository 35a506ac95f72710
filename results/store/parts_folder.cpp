// SPDX-License-Identifier: Apache-2.0
#include "results/store/parts_folder.hpp"

#include "collectives/util/error.hpp"
#include "results/files/temporary_file.hpp"
#include "results/hdf5/hdf5_handles.hpp"
#include "results/layout/layout.hpp"

#include <fmt/format.h>

#include <array>
#include <fstream>
#include <functional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace plumbline::layout {
namespace {

namespace fs = std::filesystem;

hdf5::Error failed(std::string_view action, const fs::path& path, const std::error_code& why)
{
    return hdf5::Error(say("cannot {} '{}' ({})", action, path.string(), why.message()));
}

/// The folder itself, not what a link leads to.
bool is_folder(const fs::path& path)
{
    std::error_code ignored;
    return fs::is_directory(fs::symlink_status(path, ignored));
}

bool is_regular(const fs::path& path)
{
    std::error_code ignored;
    return fs::is_regular_file(fs::symlink_status(path, ignored));
}

/// "000012-0.h5.TOKEN.0.tmp".
bool is_temporary(const fs::path& path)
{
    const std::string name = path.filename().string();
    const auto end = name.find(".h5.");
    if (end == std::string::npos) {
        return false;
    }
    const std::string part = name.substr(0, end + 3);
    return parse_part_name(part) && files::is_temporary_of(part, name);
}

/// What it says of its run: nothing where that can't be read.
std::optional<double> run_of(const fs::path& part)
{
    try {
        const hdf5::Id file = hdf5::open_file(part);
        return hdf5::has_attribute(file.get(), part_run)
                   ? std::optional(hdf5::read_real_attribute(file.get(), part_run))
                   : std::nullopt;
    } catch (const hdf5::Error&) {
        return std::nullopt;
    }
}

/// What a power failure leaves of a part: nothing, zeros, or a beginning that HDF5 can't open.
bool is_torn(const fs::path& part)
{
    constexpr std::string_view signature("\x89HDF\r\n\x1a\n", 8);
    std::array<char, signature.size()> first{};
    std::ifstream in(part, std::ios::binary);
    in.read(first.data(), static_cast<std::streamsize>(first.size()));
    if (in.gcount() == 0) {
        return in.eof();
    }
    const std::string_view text(first.data(), first.size());
    if (text != signature) {
        return text == std::string(signature.size(), '\0');
    }
    try {
        hdf5::open_file(part);
        return false;
    } catch (const hdf5::Error&) {
        return true;
    }
}

bool is_own(const fs::path& entry)
{
    if (!is_regular(entry)) {
        return false;
    }
    return is_temporary(entry) || (parse_part_name(entry) && (run_of(entry) || is_torn(entry)));
}

std::vector<fs::path> entries_of(const fs::path& parts)
{
    std::error_code error;
    std::vector<fs::path> entries;
    for (fs::directory_iterator entry(parts, error), end; !error && entry != end; entry.increment(error)) {
        entries.push_back(entry->path());
    }
    if (error) {
        throw failed("use", parts, error);
    }
    return entries;
}

/// Removes what is chosen; whether that leaves nothing.
bool remove_chosen(const fs::path& parts, const std::function<bool(const fs::path&)>& chosen)
{
    bool empty = true;
    for (const fs::path& entry : entries_of(parts)) {
        if (!is_regular(entry) || !chosen(entry)) {
            empty = false;
            continue;
        }
        std::error_code error;
        fs::remove(entry, error);
        if (error) {
            throw failed("remove", entry, error);
        }
    }
    return empty;
}

/// The same, then the folder if it is empty.
void remove_with_folder(const fs::path& parts, const std::function<bool(const fs::path&)>& chosen)
{
    std::error_code error;
    if (is_folder(parts) && remove_chosen(parts, chosen) && !fs::remove(parts, error) && error) {
        throw failed("remove", parts, error);
    }
}

ConfigError not_ours(const fs::path& part)
{
    return ConfigError(
        say("'{}' is in the way (it is not a part of this run). Move it away, and go on by --resume", part.string()));
}

}  // namespace

fs::path parts_of(const fs::path& file)
{
    return file.string() + ".parts";
}

bool is_part_of_run(const fs::path& part, double run_started_unix_s)
{
    return is_regular(part) && run_of(part) == run_started_unix_s;
}

std::optional<fs::path> foreign_entry(const fs::path& parts)
{
    std::error_code ignored;
    if (!fs::exists(fs::symlink_status(parts, ignored))) {
        return std::nullopt;
    }
    if (!is_folder(parts)) {
        return parts;
    }
    for (const fs::path& entry : entries_of(parts)) {
        if (!is_own(entry)) {
            return entry;
        }
    }
    return std::nullopt;
}

bool is_current(const fs::path& part)
{
    try {
        const hdf5::Id file = hdf5::open_file(part);
        return hdf5::has_attribute(file.get(), part_schema) &&
               hdf5::read_count_attribute(file.get(), part_schema) == schema;
    } catch (const hdf5::Error&) {
        return false;
    }
}

bool is_free(const fs::path& part)
{
    std::error_code ignored;
    return !fs::exists(fs::symlink_status(part, ignored));
}

void require_own_or_free(const fs::path& part, double run_started_unix_s)
{
    if (!is_free(part) && !is_part_of_run(part, run_started_unix_s)) {
        throw not_ours(part);
    }
}

void require_replaceable(const fs::path& part, double run_started_unix_s)
{
    const bool of_no_run = is_regular(part) && !run_of(part);
    if (!is_free(part) && !of_no_run && !is_part_of_run(part, run_started_unix_s)) {
        throw not_ours(part);
    }
}

void remove_temporaries(const fs::path& parts)
{
    remove_chosen(parts, is_temporary);
}

void remove_parts(const fs::path& parts, const std::set<RoundKey>& rounds, double run_started_unix_s)
{
    remove_with_folder(parts, [&](const fs::path& entry) {
        const auto key = parse_part_name(entry);
        return is_temporary(entry) || (key && (rounds.contains(*key) || is_part_of_run(entry, run_started_unix_s)));
    });
}

void remove_all_parts(const fs::path& parts)
{
    remove_with_folder(parts, is_own);
}

void make_parts_folder(const fs::path& parts)
{
    std::error_code error;
    fs::create_directory(parts, error);
    if (error) {
        throw failed("create", parts, error);
    }
    if (!is_folder(parts)) {
        throw hdf5::Error(say("cannot use '{}' (it is a link, or no folder)", parts.string()));
    }
}

}  // namespace plumbline::layout
