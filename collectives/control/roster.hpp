// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/control/address.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace plumbline::control {

/// A rank of the launch, as all others know it.
struct Member {
    bool here = false;  ///< false: it hasn't come
    Address address;    ///< where it listens; see Roster::address_of()
    std::uint32_t pid = 0;
    std::uint64_t instance = 0;  ///< known to rank 0 alone
    std::string host;            ///< as it calls itself
    bool operator==(const Member&) const = default;
};

/// Who is where: one entry a rank, some 100 bytes each, and 50 of its encoded form.
class Roster {
public:
    Roster() = default;
    /// Nobody is here yet.
    explicit Roster(int size) : members_(static_cast<std::size_t>(size)) {}

    int size() const { return static_cast<int>(members_.size()); }
    Member& at(int rank) { return members_.at(static_cast<std::size_t>(rank)); }
    const Member& at(int rank) const { return members_.at(static_cast<std::size_t>(rank)); }
    bool complete() const;

    /// Where to reach a rank. One that reached rank 0 by a loopback address is on rank 0's host, and reached as that
    /// was: at `master`'s address.
    Address address_of(int rank, const Address& master) const;

    /// "rank 3 on node2 (pid 99)"; "rank 3" of one that hasn't come.
    std::string name(int rank) const;
    /// "rank 3", "ranks 3, 7 to 9"; those that haven't come.
    std::string missing() const;
    /// "rank 0 on node1 (pid 4), rank 1 on node1 (pid 5) and 14 more"; those that have.
    std::string present() const;

    bool operator==(const Roster&) const = default;

private:
    std::vector<Member> members_;
};

/// "rank 3", "ranks 3, 7 to 9 and 200 more"; `ranks` ascend and aren't empty.
std::string rank_list(std::span<const int> ranks);

/// Without the instances.
std::vector<std::byte> encode(const Roster& roster);
/// Throws WireError where the bytes are no roster of `size` ranks, all here.
Roster decode_roster(std::span<const std::byte> bytes, int size);

}  // namespace plumbline::control
