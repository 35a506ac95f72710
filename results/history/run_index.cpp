// SPDX-License-Identifier: Apache-2.0
#include "results/history/run_index.hpp"

#include "collectives/util/error.hpp"
#include "results/files/temporary_file.hpp"
#include "results/files/writer_lock.hpp"
#include "results/history/index_store.hpp"
#include "results/store/store.hpp"
#include "results/util/sha256.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <string_view>
#include <thread>

namespace plumbline {
namespace {

/// Name and value, in order of name.
using Properties = std::map<std::string, std::string>;

Properties properties_of(const CaseIdentity& what, std::string_view start)
{
    Properties all = what.parameters;
    all["pattern"] = what.pattern;
    all["bytes"] = std::to_string(what.bytes);
    all["ranks"] = std::to_string(what.ranks);
    all["nodes"] = std::to_string(what.nodes);
    const CaseIdentity usual;
    const auto add = [&](const char* property, bool unusual, std::string_view value) {
        if (unusual) {
            all[property] = value;
        }
    };
    const auto collective = parse_collective(what.pattern);
    const bool reduces = collective && info(*collective).reduces;
    add("dtype", what.dtype != usual.dtype, name(what.dtype));
    add("op", reduces && what.op != usual.op, name(what.op));
    add("in place", what.in_place, "yes");
    add("root", what.root != usual.root, std::to_string(what.root));
    add("placement", what.placement != usual.placement, name(what.placement));
    add("subset", what.subset != usual.subset, std::to_string(what.subset));
    add("start", !start.empty(), start);
    return all;
}

std::string one_line(std::string text)
{
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
}

/// The properties that case_key() wrote after its first line.
Properties properties_in(std::string_view key)
{
    Properties all;
    key.remove_prefix(described(key).size());
    while (!key.empty()) {
        key.remove_prefix(1);
        const std::string_view line = key.substr(0, key.find('\n'));
        const std::size_t equals = std::min(line.find('='), line.size());
        all.emplace(line.substr(0, equals), line.substr(std::min(equals + 1, line.size())));
        key.remove_prefix(line.size());
    }
    return all;
}

/// The names of properties that differ between the keys.
std::set<std::string> differing(std::span<const Properties> alike)
{
    std::set<std::string> names;
    for (const Properties& one : alike) {
        for (const auto& [property, value] : one) {
            const bool everywhere = std::all_of(alike.begin(), alike.end(), [&](const Properties& other) {
                const auto found = other.find(property);
                return found != other.end() && found->second == value;
            });
            if (!everywhere) {
                names.insert(property);
            }
        }
    }
    return names;
}

/// The library, with the memory that it worked on where that is not its usual one.
std::string library_of(const RunMetadata& info)
{
    std::string library = info.backend;
    std::string memory;
    for (const auto& [name, value] : info.facts) {
        library = name == "library" ? value : library;
        memory = name == "memory" ? ", memory " + value : memory;
    }
    return library + memory;
}

/// The names of the hosts where they are few, else their number and a digest of all names.
std::string where_of(const RunMetadata& info)
{
    std::vector<std::string> hosts = info.hosts;
    std::sort(hosts.begin(), hosts.end());
    const std::string all = fmt::format("{}", fmt::join(hosts, ", "));
    constexpr std::size_t few = 8;
    const std::string shown = hosts.size() <= few ? all
                                                  : fmt::format("{} hosts ({} ... {}, {})", hosts.size(), hosts.front(),
                                                                hosts.back(), report::sha256(all).substr(0, 8));
    const char* const mark = info.fake_library ? " (stand-in)" : info.simulated ? " (simulated)" : "";
    return shown + mark;
}

IndexedRun read_run(const std::filesystem::path& path, const std::string& file)
{
    const RunFile run(path);
    static_cast<void>(run.measured());  // ConfigError where a row can't be held against its samples
    IndexedRun indexed;
    indexed.file = file;
    indexed.name = run.info().name;
    indexed.ranks = run.info().ranks;
    indexed.started_unix_s = run.info().started_unix_s;
    indexed.where = where_of(run.info());
    indexed.library = library_of(run.info());
    indexed.complete = run.complete();
    const std::string start = asked_start(run.info());
    for (const CaseSummary& row : run.cases()) {
        if (row.header.id >= run.info().planned_cases) {
            continue;  // the probe of --diagnose-on-fail: other nights don't have it
        }
        const std::string key = case_key(row.header.what, start);
        if (row.header.status != CaseStatus::measured) {
            indexed.gaps.push_back({key, fmt::format("{}: {}", name(row.header.status), row.header.why)});
        } else if (row.median_s && *row.median_s > 0) {
            indexed.cases.push_back({key, *row.median_s, row.ci_low_s, row.ci_high_s});
        }
    }
    return indexed;
}

/// What a name of a run file is that names none.
std::string_view kind_of(const std::filesystem::directory_entry& entry)
{
    using Type = std::filesystem::file_type;
    std::error_code error;
    const Type type = entry.status(error).type();
    return type == Type::directory                          ? "a folder"
           : type == Type::fifo                             ? "a FIFO"
           : type == Type::socket                           ? "a socket"
           : type == Type::character || type == Type::block ? "a device"
           : type == Type::not_found                        ? "a link to nothing"
                                                            : "no file that can be looked at";
}

struct FolderContents {
    std::vector<FileStamp> files;
    std::vector<std::string> skipped;  ///< a line for each name of a run file that isn't one's
};

FolderContents files_in(const std::filesystem::path& folder)
{
    FolderContents found;
    std::vector<FileStamp>& files = found.files;
    std::error_code error;
    std::filesystem::recursive_directory_iterator entry(folder, error);
    for (; !error && entry != std::filesystem::recursive_directory_iterator(); entry.increment(error)) {
        const bool parts = entry->path().extension() == ".parts" && entry->is_directory();
        if (parts) {
            entry.disable_recursion_pending();
        }
        std::error_code vanished;
        if (entry->path().extension() != ".h5") {
            continue;
        }
        if (!entry->is_regular_file(vanished)) {
            found.skipped.push_back(fmt::format("'{}' is skipped (it is {})",
                                                entry->path().lexically_relative(folder).string(), kind_of(*entry)));
            if (entry->is_directory(vanished)) {
                entry.disable_recursion_pending();
            }
            continue;
        }
        const auto size = entry->file_size(vanished);
        const auto time = entry->last_write_time(vanished);
        if (!vanished) {
            files.push_back({entry->path().lexically_relative(folder).string(), static_cast<std::int64_t>(size),
                             static_cast<std::int64_t>(time.time_since_epoch().count())});
        }
    }
    if (error) {
        throw ConfigError(say("cannot read '{}' ({}). Name a folder of run files", folder.string(), error.message()));
    }
    std::sort(files.begin(), files.end(), [](const FileStamp& a, const FileStamp& b) { return a.file < b.file; });
    std::sort(found.skipped.begin(), found.skipped.end());
    return found;
}

}  // namespace

std::string case_key(const CaseIdentity& what, std::string_view start)
{
    std::string key = one_line(describe(what));
    for (const auto& [property, value] : properties_of(what, start)) {
        key += fmt::format("\n{}={}", one_line(property), one_line(value));
    }
    return key;
}

std::string_view described(std::string_view key)
{
    return key.substr(0, key.find('\n'));
}

std::vector<std::string> distinct_names(std::span<const std::string_view> keys)
{
    std::map<std::string_view, std::vector<std::size_t>> called;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        called[described(keys[i])].push_back(i);
    }
    std::vector<std::string> names(keys.size());
    for (const auto& [description, alike] : called) {
        std::vector<Properties> properties;
        for (std::size_t i = 0; alike.size() > 1 && i < alike.size(); ++i) {
            properties.push_back(properties_in(keys[alike[i]]));
        }
        const std::set<std::string> telling = differing(properties);
        for (std::size_t i = 0; i < alike.size(); ++i) {
            std::string& name = names[alike[i]] = description;
            for (const std::string& property : telling) {
                const auto found = properties[i].find(property);
                name += found == properties[i].end() ? "" : fmt::format(", {} {}", property, found->second);
            }
        }
    }
    return names;
}

namespace {

constexpr const char* index_name = ".plumbline-history.sqlite";

/// Brings the index up to the files, and gives what is in it. Nothing where a signal asked for an early end.
std::optional<RunIndex> read_through(const std::filesystem::path& cache, const std::filesystem::path& folder,
                                     const std::vector<FileStamp>& files, const files::HeldSignals& signals)
{
    RunIndex index;
    IndexStore store(cache);
    const std::set<std::string> known = store.keep_only(files);
    for (const FileStamp& stamp : files) {
        if (known.contains(stamp.file)) {
            continue;
        }
        if (signals.pending()) {
            return std::nullopt;
        }
        try {
            store.add(stamp, read_run(folder / stamp.file, stamp.file));
        } catch (const ConfigError& error) {
            store.add_unreadable(stamp, error.what());
        }
        ++index.read_now;
    }
    store.commit();
    store.load(index);
    std::stable_sort(index.runs.begin(), index.runs.end(),
                     [](const IndexedRun& a, const IndexedRun& b) { return a.started_unix_s < b.started_unix_s; });
    return index;
}

/// Two that come at the same moment take turns. Throws LockedError.
std::unique_ptr<files::WriterLock> lock_index(const std::filesystem::path& cache, std::vector<std::string>& notices)
{
    constexpr std::chrono::seconds patience{5};
    constexpr std::chrono::milliseconds pause{50};
    const auto end = std::chrono::steady_clock::now() + patience;
    for (;;) {
        try {
            return std::make_unique<files::WriterLock>(cache,
                                                       [&](const std::string& line) { notices.push_back(line); });
        } catch (const files::LockedError&) {
            if (std::chrono::steady_clock::now() > end) {
                throw;
            }
        }
        std::this_thread::sleep_for(pause);
    }
}

/// Why the index can't be a file at this place; nothing where it can.
std::optional<std::string> why_no_file(const std::filesystem::path& cache)
{
    std::error_code ignored;
    const auto status = std::filesystem::symlink_status(cache, ignored);
    return std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)
               ? std::optional<std::string>("it is no regular file")
               : std::nullopt;
}

std::optional<RunIndex> read_with_file(const std::filesystem::path& cache, const std::filesystem::path& folder,
                                       const std::vector<FileStamp>& files, const files::HeldSignals& signals)
{
    std::vector<std::string> notices;
    const auto lock = lock_index(cache, notices);
    std::error_code ignored;
    const bool emptied = std::filesystem::exists(cache, ignored) && std::filesystem::file_size(cache, ignored) == 0;
    std::optional<RunIndex> index;
    try {
        if (emptied) {
            throw DamagedIndex("it is empty");
        }
        index = read_through(cache, folder, files, signals);
    } catch (const DamagedIndex& damage) {
        notices.push_back(fmt::format("the index '{}' is rebuilt ({})", cache.string(), damage.what()));
        std::filesystem::remove(cache, ignored);
        std::filesystem::remove(cache.string() + "-journal", ignored);
        index = read_through(cache, folder, files, signals);
    }
    if (index) {
        index->notices = notices;
    }
    return index;
}

}  // namespace

RunIndex index_runs(const std::filesystem::path& folder)
{
    const auto [files, skipped] = files_in(folder);
    const std::filesystem::path cache = folder / index_name;
    const files::HeldSignals signals;  // the lock goes in order; after each file it is asked whether one has come
    std::optional<RunIndex> index;
    std::optional<std::string> obstacle = why_no_file(cache);
    if (!obstacle) {
        try {
            index = read_with_file(cache, folder, files, signals);
        } catch (const files::LockedError&) {
            throw;
        } catch (const std::runtime_error& error) {  // no place for a lock or a database
            obstacle = error.what();
        }
    }
    if (obstacle) {
        index = read_through({}, folder, files, signals);
        if (index) {
            index->warnings.insert(
                index->warnings.begin(),
                fmt::format("no cache is kept at {} ({}), so every file is read each time", cache.string(), *obstacle));
        }
    }
    if (index) {
        index->warnings.insert(index->warnings.end(), skipped.begin(), skipped.end());
    }
    if (!index) {
        throw ConfigError(say("interrupted (a signal came). Start it again"));
    }
    return *index;
}

}  // namespace plumbline
