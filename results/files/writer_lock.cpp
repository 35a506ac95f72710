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
#include <chrono>
#include <optional>
#include <string_view>
#include <system_error>
#include <thread>

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
            say("'{}' can't be written ('{}' is there, and is no lock of plumbline's). Move that away, or name "
                "another file",
                file.string(), lock.string()));
    }
    const std::string who = describe(*found.owner);
    if (state_of(*found.owner) == OwnerState::unknown) {
        throw LockedError(
            say("'{}' is being written by {} (whether that still runs can't be seen from here). Wait for it, "
                "name another file, or remove '{}' once that process is gone",
                file.string(), who, lock.string()));
    }
    throw LockedError(say("'{}' is being written by {} (it holds '{}'). Wait for it, or name another file",
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
    if (descriptor >= 0) {
        ::close(descriptor);
    }
    if (!written) {
        if (descriptor >= 0) {
            ::unlink(to.c_str());
        }
        throw std::system_error(why, std::generic_category());
    }
    return true;
}

fs::path guard_of(const fs::path& lock)
{
    return lock.string() + ".takeover";
}

/// Removes a guard whose process is gone. Another process may have put its own there since it was read: what is moved
/// away is looked at again, and put back.
void remove_stale_guard(const fs::path& lock, const fs::path& guard, const LockOwner& gone)
{
    const TemporaryFile aside(lock);
    if (::rename(guard.c_str(), aside.path().c_str()) == 0 && read_lock(aside.path()).owner != gone) {
        static_cast<void>(::link(aside.path().c_str(), guard.c_str()));
    }
}

/// Puts a lock of this process in the place of one whose process is gone. Whoever does holds LOCK.takeover meanwhile
/// and looks again, so that a lock which another process has taken over in between stays. What counts is what lies
/// there at the end: a guard may have been replaced under its owner.
bool take_over(const LockOwner& gone, const TemporaryFile& mine, const fs::path& lock, const LockOwner& self)
{
    const fs::path guard = guard_of(lock);
    if (!claim(mine, guard, format_owner(self))) {
        const FoundLock other = read_lock(guard);
        if (other.owner && is_stale(state_of(*other.owner))) {
            remove_stale_guard(lock, guard, *other.owner);
        }
        if (other.owner != self) {
            return false;
        }
        // This one's, of an earlier try: another process had moved it away, and put it back when that try was over.
    }
    const bool still_stale = read_lock(lock).owner == gone;
    if (read_lock(guard).owner != self) {
        return false;
    }
    if (still_stale && ::rename(guard.c_str(), lock.c_str()) == 0) {
        return read_lock(lock).owner == self;
    }
    if (read_lock(guard).owner == self) {
        ::unlink(guard.c_str());
    }
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
bool try_to_take(const fs::path& file, const fs::path& lock, const LockOwner& self, const WriterLock::Notice& notice)
{
    const TemporaryFile mine(lock);
    mine.write(format_owner(self));
    mine.sync();
    if (claim(mine, lock, format_owner(self))) {
        return true;
    }
    const FoundLock found = read_lock(lock);
    if (found.owner == self) {
        return true;  // another process has given it this one's guard
    }
    if (!found.owner) {
        return false;  // gone by now; or half written, where there are no hard links
    }
    if (!is_stale(state_of(*found.owner))) {
        refuse(file, lock, found);
    }
    if (!take_over(*found.owner, mine, lock, self)) {
        return false;
    }
    remove_leftovers(file, *found.owner);
    if (notice) {
        notice(
            fmt::format("'{}' was left by {}, which is gone; it is taken over", lock.string(), describe(*found.owner)));
    }
    return true;
}

/// After many tries: whatever stands in the way.
[[noreturn]] void give_up(const fs::path& file, const fs::path& lock)
{
    const FoundLock found = read_lock(lock);
    const FoundLock guard = read_lock(guard_of(lock));
    if (!found.owner || !is_stale(state_of(*found.owner)) || !guard.there) {
        refuse(file, lock, found);
    }
    if (!guard.owner) {
        refuse(file, guard_of(lock), guard);
    }
    throw LockedError(say(
        "'{}' can't be written (its lock is of a process that is gone, and {} is taking it over by '{}'). Wait for it, "
        "or remove '{}' once that process is gone too",
        file.string(), describe(*guard.owner), guard_of(lock).string(), guard_of(lock).string()));
}

void take(const fs::path& file, const fs::path& lock, const WriterLock::Notice& notice)
{
    constexpr int most_tries = 40;
    constexpr std::chrono::milliseconds pause{5};
    const LockOwner self = this_process();
    for (int tries = 1; tries < most_tries; ++tries) {
        try {
            if (try_to_take(file, lock, self, notice)) {
                sweep(lock);
                return;
            }
        } catch (const std::system_error& error) {
            // Another process has swept this one's file away; or there is no folder, which the next try says too.
            if (error.code().value() != ENOENT || tries + 1 == most_tries) {
                throw;
            }
        }
        std::this_thread::sleep_for(pause);
    }
    give_up(file, lock);
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
        throw ConfigError(say("cannot write '{}' ({}). Choose a folder that exists, has space and may be written",
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
