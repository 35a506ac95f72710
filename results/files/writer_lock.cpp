// SPDX-License-Identifier: Apache-2.0
#include "results/files/writer_lock.hpp"

#include "collectives/util/error.hpp"
#include "results/files/lock_owner.hpp"
#include "results/files/temporary_file.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <optional>
#include <string_view>
#include <system_error>

namespace plumbline::files {
namespace {

namespace fs = std::filesystem;

/// What lies at a lock's place.
struct FoundLock {
    bool there = false;
    std::optional<LockOwner> owner;  ///< nothing: it is no lock of this program's
};

FoundLock read_lock(const fs::path& lock)
{
    const int descriptor = ::open(lock.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (descriptor < 0) {
        return {.there = errno != ENOENT, .owner = std::nullopt};
    }
    std::array<char, 4096> text{};
    const ssize_t got = ::read(descriptor, text.data(), text.size());
    ::close(descriptor);
    return {.there = true, .owner = parse_owner({text.data(), static_cast<std::size_t>(got < 0 ? 0 : got)})};
}

bool is_own(const fs::path& lock) noexcept
{
    try {
        const FoundLock found = read_lock(lock);
        return found.owner && is_same_process(*found.owner, this_process());
    } catch (const std::exception&) {
        return false;  // the next writer takes it over
    }
}

bool is_stale(OwnerState state)
{
    return state == OwnerState::gone || state == OwnerState::rebooted;
}

[[noreturn]] void refuse(const fs::path& file, const fs::path& lock, const FoundLock& found)
{
    if (!found.owner) {
        throw LockedError(
            fmt::format("'{}' can't be written ('{}' is there, and is no lock of plumbline's). Move that away, or name "
                        "another file",
                        file.string(), lock.string()));
    }
    const std::string who = describe(*found.owner);
    if (state_of(*found.owner) == OwnerState::unknown) {
        throw LockedError(
            fmt::format("'{}' is being written by {} (whether that still runs can't be seen from here). Wait for it, "
                        "name another file, or remove '{}' once that process is gone",
                        file.string(), who, lock.string()));
    }
    throw LockedError(fmt::format("'{}' is being written by {} (it holds '{}'). Wait for it, or name another file",
                                  file.string(), who, lock.string()));
}

/// Gives the complete file `from` the name `to`, if that is free.
bool claim(const TemporaryFile& from, const fs::path& to, std::string_view content)
{
    if (::link(from.path().c_str(), to.c_str()) == 0) {
        return true;
    }
    const int error = errno;
    struct stat status = {};
    if (::fstat(from.descriptor(), &status) == 0 && status.st_nlink == 2) {
        return true;  // a network file system's answer was lost
    }
    if (error == EEXIST) {
        return false;
    }
    const bool no_links = error == EPERM || error == EOPNOTSUPP || error == ENOSYS || error == EMLINK;
    if (!no_links) {
        throw std::system_error(error, std::generic_category());
    }
    const int descriptor = ::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (descriptor < 0 && errno == EEXIST) {
        return false;
    }
    const bool written =
        descriptor >= 0 && ::write(descriptor, content.data(), content.size()) == static_cast<ssize_t>(content.size());
    const int why = errno;
    ::close(descriptor);
    if (!written) {
        throw std::system_error(why, std::generic_category());
    }
    return true;
}

/// Puts a lock of this process in the place of one whose process is gone. Whoever does holds LOCK.takeover meanwhile
/// and looks again, so that a lock which another process has taken over in between stays.
bool take_over(const LockOwner& gone, const TemporaryFile& mine, const fs::path& lock, std::string_view content)
{
    const fs::path guard = lock.string() + ".takeover";
    if (!claim(mine, guard, content)) {
        const FoundLock other = read_lock(guard);
        if (other.owner && is_stale(state_of(*other.owner))) {
            ::unlink(guard.c_str());
        }
        return false;
    }
    if (read_lock(lock).owner == gone && ::rename(guard.c_str(), lock.c_str()) == 0) {
        return true;
    }
    ::unlink(guard.c_str());
    return false;
}

/// What processes that were killed left half made, of which no lock tells. A live one whose file is still empty makes
/// another.
void sweep(const fs::path& lock)
{
    const fs::path folder = lock.has_parent_path() ? lock.parent_path() : ".";
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
        const fs::path& there = entry->path();
        std::error_code ignored;
        if (!is_temporary_of(lock.filename().string(), there.filename().string()) ||
            !fs::is_regular_file(fs::symlink_status(there, ignored))) {
            continue;
        }
        const FoundLock found = read_lock(there);
        if (found.owner ? is_stale(state_of(*found.owner)) : fs::file_size(there, ignored) == 0) {
            fs::remove(there, ignored);
        }
    }
}

/// Whether the lock is this process's now; if not, it is worth another try.
bool try_to_take(const fs::path& file, const fs::path& lock, const WriterLock::Notice& notice)
{
    const std::string content = format_owner(this_process());
    const TemporaryFile mine(lock);
    mine.write(content);
    mine.sync();
    if (claim(mine, lock, content)) {
        return true;
    }
    const FoundLock found = read_lock(lock);
    if (!found.there) {
        return false;
    }
    if (!found.owner || !is_stale(state_of(*found.owner))) {
        refuse(file, lock, found);
    }
    if (!take_over(*found.owner, mine, lock, content)) {
        return false;
    }
    remove_leftovers(file, *found.owner);
    if (notice) {
        notice(
            fmt::format("'{}' was left by {}, which is gone; it is taken over", lock.string(), describe(*found.owner)));
    }
    return true;
}

void take(const fs::path& file, const fs::path& lock, const WriterLock::Notice& notice)
{
    constexpr int most_tries = 20;
    for (int tries = 1; tries < most_tries; ++tries) {
        try {
            if (try_to_take(file, lock, notice)) {
                sweep(lock);
                return;
            }
        } catch (const std::system_error& error) {
            // Another process has swept this one's file away; or there is no folder, which the next try says too.
            if (error.code().value() != ENOENT || tries + 1 == most_tries) {
                throw;
            }
        }
    }
    refuse(file, lock, read_lock(lock));
}

}  // namespace

fs::path lock_of(const fs::path& file)
{
    return file.string() + ".lock";
}

WriterLock::WriterLock(const fs::path& file, const Notice& notice) : lock_(lock_of(file))
{
    try {
        take(file, lock_, notice);
    } catch (const std::system_error& error) {
        throw ConfigError(
            fmt::format("cannot write '{}' ({}). Choose a folder that exists, has space and may be written",
                        file.string(), error.code().message()));
    }
}

WriterLock::~WriterLock()
{
    if (is_own(lock_)) {
        ::unlink(lock_.c_str());
    }
}

bool WriterLock::is_held() const noexcept
{
    return is_own(lock_);
}

void release_own_lock(const fs::path& file) noexcept
{
    try {
        const fs::path lock = lock_of(file);
        if (is_own(lock)) {
            ::unlink(lock.c_str());
        }
    } catch (const std::exception&) {
        return;  // the next writer takes it over
    }
}

}  // namespace plumbline::files
