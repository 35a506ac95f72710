// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <csignal>
#include <filesystem>
#include <string_view>

namespace plumbline::files {

struct LockOwner;

/// A new, empty file beside `target` that gets its place or goes away. Its name is this process's own
/// (TARGET.TOKEN.N.tmp) and is made exclusively: nothing that is there is opened, followed or replaced.
class TemporaryFile {
public:
    /// Throws std::system_error.
    explicit TemporaryFile(std::filesystem::path target);
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    ~TemporaryFile();

    const std::filesystem::path& path() const { return path_; }
    int descriptor() const { return descriptor_; }
    /// Throws std::system_error.
    void write(std::string_view text) const;
    /// To the disk. Throws std::system_error.
    void sync() const;
    /// Renames it to the target, whose own file is replaced; a link there isn't followed. Throws std::system_error.
    void take_place();

private:
    std::filesystem::path target_;
    std::filesystem::path path_;
    int descriptor_ = -1;
};

/// Whether `name` is a temporary file's of `target` (a name without folder), of any process.
bool is_temporary_of(std::string_view target, std::string_view name);

/// Removes the temporary files of `target` that this owner, which is gone, left beside it.
void remove_leftovers(const std::filesystem::path& target, const LockOwner& owner) noexcept;

/// Holds SIGINT, SIGTERM and SIGHUP back while it lives: for writes of a moment, which end whole.
class HeldSignals {
public:
    HeldSignals();
    HeldSignals(const HeldSignals&) = delete;
    HeldSignals& operator=(const HeldSignals&) = delete;
    ~HeldSignals();

    /// Whether one has come meanwhile: longer work ends early then.
    bool pending() const;

private:
    sigset_t held_{};
    sigset_t before_{};
};

}  // namespace plumbline::files
