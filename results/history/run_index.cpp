#include "results/history/run_index.hpp"

#include "collectives/error.hpp"
#include "results/history/index_store.hpp"
#include "results/report/sha256.hpp"
#include "results/store.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

namespace plumbline {
namespace {

std::string library_of(const RunInfo& info)
{
    for (const auto& [name, value] : info.facts) {
        if (name == "library") {
            return value;
        }
    }
    return info.backend;
}

/// The hosts in words where they are few, else their number and a digest of them all.
std::string where_of(const RunInfo& info)
{
    std::vector<std::string> hosts = info.hosts;
    std::sort(hosts.begin(), hosts.end());
    const std::string all = fmt::format("{}", fmt::join(hosts, ", "));
    constexpr std::size_t few = 8;
    const std::string shown = hosts.size() <= few ? all
                                                  : fmt::format("{} hosts ({} ... {}, {})", hosts.size(), hosts.front(),
                                                                hosts.back(), report::sha256(all).substr(0, 8));
    const char* const mark = info.stand_in ? " (stand-in)" : info.simulated ? " (simulated)" : "";
    return shown + mark;
}

IndexedRun read_run(const std::filesystem::path& path, const std::string& file)
{
    const RunFile run(path);
    IndexedRun indexed;
    indexed.file = file;
    indexed.name = run.info().name;
    indexed.started_unix_s = run.info().started_unix_s;
    indexed.where = where_of(run.info());
    indexed.library = library_of(run.info());
    for (const CaseSummary& row : run.cases()) {
        if (row.header.status == CaseStatus::measured && row.median_s && *row.median_s > 0) {
            indexed.cases.push_back({describe(row.header.what), *row.median_s, row.ci_low_s, row.ci_high_s});
        }
    }
    return indexed;
}

std::vector<FileStamp> files_in(const std::filesystem::path& folder)
{
    std::vector<FileStamp> files;
    std::error_code error;
    std::filesystem::recursive_directory_iterator entry(folder, error);
    for (; !error && entry != std::filesystem::recursive_directory_iterator(); entry.increment(error)) {
        const bool parts = entry->path().extension() == ".parts" && entry->is_directory();
        if (parts) {
            entry.disable_recursion_pending();
        }
        std::error_code vanished;
        if (entry->path().extension() != ".h5" || !entry->is_regular_file(vanished)) {
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
        throw ConfigError(
            fmt::format("cannot read '{}' ({}). Name a folder of run files", folder.string(), error.message()));
    }
    std::sort(files.begin(), files.end(), [](const FileStamp& a, const FileStamp& b) { return a.file < b.file; });
    return files;
}

}  // namespace

RunIndex index_runs(const std::filesystem::path& folder)
{
    const auto files = files_in(folder);
    RunIndex index;
    IndexStore store(folder, index.warnings);
    const std::set<std::string> known = store.keep_only(files);
    for (const FileStamp& stamp : files) {
        if (known.contains(stamp.file)) {
            continue;
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

}  // namespace plumbline
