// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace plumbline::files {

/// The process that holds a lock, as its lock file says.
struct LockOwner {
    std::string host;           ///< for people; two machines may have one name
    std::string machine_id;     ///< /etc/machine-id; empty where there is none
    std::string boot_id;        ///< of the kernel; empty where it isn't told
    std::string pid_namespace;  ///< in which `pid` counts
    std::string time_namespace;
    std::int64_t pid = 0;
    std::uint64_t started_ticks = 0;  ///< the process's start since the kernel's, in clock ticks
    double since_unix_s = 0;          ///< when the lock was taken
    bool operator==(const LockOwner&) const = default;
};

/// What can be said of an owner from where `here` runs.
enum class OwnerState : std::uint8_t {
    alive,
    gone,      ///< the process has ended
    rebooted,  ///< its machine has been started anew
    unknown,   ///< it is on another machine or in another container
};

/// Of a process in this process's own namespace.
struct ProcessFacts {
    bool exists = false;  ///< a process that has ended and waits to be reaped doesn't
    std::optional<std::uint64_t> started_ticks;
};

LockOwner this_process();
bool is_same_process(const LockOwner& one, const LockOwner& other);
ProcessFacts process_facts(std::int64_t pid);

/// Pure. `facts`: of the process that has the owner's pid here; `booted_unix_s`: when this machine was started.
OwnerState state_of(const LockOwner& owner, const LockOwner& here, const ProcessFacts& facts, double booted_unix_s);
/// The same with the facts of this machine.
OwnerState state_of(const LockOwner& owner);

std::string format_owner(const LockOwner& owner);
/// Nothing for what format_owner() didn't write.
std::optional<LockOwner> parse_owner(std::string_view text);

/// "process 17 on node3, since 2026-11-29 20:36:17 UTC", without control characters.
std::string describe(const LockOwner& owner);
/// 16 hexadecimal digits that are in the names of all temporary files of that process.
std::string temporary_token(const LockOwner& owner);

}  // namespace plumbline::files
