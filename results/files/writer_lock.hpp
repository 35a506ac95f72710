// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/util/error.hpp"

#include <filesystem>
#include <functional>
#include <string>

namespace plumbline::files {

/// Another process writes the file, or may.
class LockedError : public ConfigError {
public:
    using ConfigError::ConfigError;
};

/// One writer at a time: as long as it lives, FILE.lock lies beside FILE and no other process gets one. Made by link(2)
/// from a file that is complete, which is one step on network file systems too; where there are no hard links, by
/// O_CREAT|O_EXCL. A lock whose process is gone is taken over, together with the temporary files that it left.
class WriterLock {
public:
    /// A line for people: a lock was taken over.
    using Notice = std::function<void(const std::string&)>;

    /// Throws LockedError where another process writes `file` (who, and since when) or that can't be told, and
    /// ConfigError where no file can be made beside it.
    explicit WriterLock(const std::filesystem::path& file, const Notice& notice = {});
    WriterLock(const WriterLock&) = delete;
    WriterLock& operator=(const WriterLock&) = delete;
    ~WriterLock();

    /// Whether FILE.lock is still there and this process's: it isn't where the folder was removed under the writer.
    bool is_held() const noexcept;

private:
    std::filesystem::path lock_;
};

/// FILE.lock.
std::filesystem::path lock_of(const std::filesystem::path& file);

/// Removes FILE.lock where it is this process's: before an end without unwinding.
void release_own_lock(const std::filesystem::path& file) noexcept;

}  // namespace plumbline::files
