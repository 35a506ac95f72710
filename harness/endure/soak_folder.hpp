// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/endurance/journal.hpp"
#include "results/endurance/told_soak.hpp"
#include "results/files/writer_lock.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace plumbline::endure {

/// The folder of a soak, held by one supervisor: journal.txt, metrics.prom, log/ and, where the scenario names no other
/// place, checkpoints/.
class SoakFolder {
public:
    /// Makes the folder, which may be there empty, and an empty journal. Throws ConfigError.
    static SoakFolder made(const std::filesystem::path& folder);
    /// Takes over a soak that was begun; what a line that was cut off left is removed. Throws ConfigError where another
    /// supervisor works in it, or it is none.
    static SoakFolder opened(const std::filesystem::path& folder);
    SoakFolder(SoakFolder&& other) noexcept;
    SoakFolder& operator=(SoakFolder&&) = delete;
    ~SoakFolder();

    const std::filesystem::path& path() const { return folder_; }
    /// As its journal told it when it was opened; once.
    ToldSoak take_soak() { return std::exchange(told_, {}); }
    /// On the disk when it returns. Throws StoreError.
    void append(std::span<const JournalRecord> records);
    /// Replaces a small file in one step. Throws StoreError.
    void replace(const std::string& name, const std::string& text) const;
    /// The same of a file that its owner alone may read: its path.
    std::filesystem::path replace_secret(const std::string& text) const;
    void remove_secret() const noexcept;
    /// Adds to the log of a launch, up to a limit; errors don't matter.
    void log(std::uint64_t segment, std::span<const std::string> lines);
    /// Removes all that it made, for a soak that never began.
    void remove() noexcept;

private:
    SoakFolder(std::filesystem::path folder, bool is_new, std::unique_ptr<files::WriterLock> lock);

    std::filesystem::path folder_;
    bool is_new_ = false;
    bool made_folder_ = false;
    std::unique_ptr<files::WriterLock> lock_;
    int journal_ = -1;
    JournalEnd end_;
    ToldSoak told_;
    std::uint64_t logged_segment_ = 0;
    std::size_t logged_bytes_ = 0;
};

}  // namespace plumbline::endure
