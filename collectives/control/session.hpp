// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/communicator.hpp"
#include "collectives/control/launch_broken.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace plumbline::control {

/// Where the ranks of a launch meet, and who this one is.
struct JoinSettings {
    int rank = 0;
    int size = 1;
    std::string host;   ///< of rank 0: a name, or an address of IPv4 or IPv6 ("::1", "[::1]")
    int port = 0;       ///< where rank 0 listens
    std::string token;  ///< a secret that all ranks share; "" = anybody who knows host and port may join
    std::chrono::milliseconds timeout{300'000};  ///< until all have come
    std::function<bool()> interrupted;           ///< asked between polls while they come; true ends that: ConfigError
    // NOLINTBEGIN(readability-redundant-member-init): for who names the fields before them alone
    std::string own_host = {};  ///< as sentences name this rank's host; "" = what the system says
    std::string version = {};   ///< of the program: all ranks' must be the same; "" = this one's
    // NOLINTEND(readability-redundant-member-init)
};

/// Ranks that agree without MPI, over TCP, from their coming together to their leaving. Collective over the launch.
///
/// Own sockets, not a library: what ZeroMQ and nng offer is threads that send and reconnect by themselves, while here
/// no thread may disturb cores that measure, and a lost connection is what tells that a rank died. libsodium
/// authenticates.
///
/// Once all have come, a rank holds at most 40 connections at up to 69,904 ranks: 17 in the launch's tree, the rest to
/// ranks of other groups, made on demand. It holds some 150 bytes a rank of who is where.
///
/// A rank that dies is noticed by its neighbours in the tree at once, a host that vanishes within 25 s; they tell all
/// others, and every rank's current or next call throws LaunchBroken: "rank 3 on node2 (pid 99) has left in the middle
/// of the launch". After abort() each rank ends with that status in its current or next call. A rank that computes, or
/// is blocked in the library under measurement, learns of either no earlier.
///
/// Used by one thread at a time.
class Session {
public:
    /// Waits until all have come. Throws ConfigError, the sentence naming who is missing, came twice, was refused or
    /// says otherwise; no rank waits longer than `timeout` and some seconds.
    explicit Session(const JoinSettings& settings);
    /// As MPI_Finalize: returns once the ranks below in the tree have left too, and those above see it leave in order.
    /// While an exception is in flight it goes at once, and others see it die.
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    /// All ranks.
    Communicator& world();

    /// How many connections this rank holds, and the most that it held at one time.
    int connections() const;
    int most_connections() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace plumbline::control
