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

/// The cache of index_runs() as SQLite. One transaction from the constructor to commit(); nothing of it stays without.
class IndexStore {
public:
    /// Opens or makes the cache of a folder, or one in memory, with a warning, where it can't be written.
    IndexStore(const std::filesystem::path& folder, std::vector<std::string>& warnings);
    ~IndexStore();
    IndexStore(const IndexStore&) = delete;
    IndexStore& operator=(const IndexStore&) = delete;

    /// Forgets every file that isn't there as given; returns those that are.
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
