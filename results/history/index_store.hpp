// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/history/run_index.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace plumbline {

struct FileStamp {
    std::string file;
    std::int64_t size = 0;
    std::int64_t time = 0;
};

/// The index has another content than the program wrote; the text says what is wrong with it.
class DamagedIndex : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// The cache of index_runs() as an SQLite database. One transaction lasts from the constructor to commit(); without
/// commit() nothing is kept. Nothing in it is believed: rows are checked one by one, and all of them against a digest
/// that is kept with them. Every member throws DamagedIndex; where the database can't be used at all the constructor
/// throws std::runtime_error.
class IndexStore {
public:
    /// Opens or creates the cache; an empty `path` is one in memory. Reads all of it. The caller holds a lock on it.
    explicit IndexStore(const std::filesystem::path& path);
    ~IndexStore();
    IndexStore(const IndexStore&) = delete;
    IndexStore& operator=(const IndexStore&) = delete;

    /// Removes every file that is not in `files` with the same size and time; returns those that remain.
    std::set<std::string> keep_only(std::span<const FileStamp> files);
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
