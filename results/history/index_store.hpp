// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/history/run_index.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace plumbline {

struct FileStamp {
    std::string file;
    std::int64_t size = 0;
    std::int64_t time = 0;
};

/// The cache of index_runs() as an SQLite database. One transaction lasts from the constructor to commit(); without
/// commit() nothing is kept.
class IndexStore {
public:
    /// Opens or creates the cache of a folder; one in memory, with a warning, where the folder can't be written.
    IndexStore(const std::filesystem::path& folder, std::vector<std::string>& warnings);
    ~IndexStore();
    IndexStore(const IndexStore&) = delete;
    IndexStore& operator=(const IndexStore&) = delete;

    /// Removes every file that is not in `files` with the same size and time, and those whose times can't be, as
    /// the index was damaged: with a line in `warnings`. Returns those that remain.
    std::set<std::string> keep_only(std::span<const FileStamp> files, std::vector<std::string>& warnings);
    void add(const FileStamp& stamp, const IndexedRun& run);
    void add_unreadable(const FileStamp& stamp, const std::string& why);
    void commit();
    /// All runs and the warnings of unreadable files.
    void load(RunIndex& index);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace plumbline
