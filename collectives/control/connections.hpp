// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/control/connection.hpp"

#include <poll.h>

#include <cstdint>
#include <list>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace plumbline::control {

/// All connections of a rank with the listener that others reach it by: makes, accepts, polls and removes them, and
/// keeps them few.
///
/// A lane that may stay is granted by both ends, to most_kept_lanes of each; where there are more, the one that was
/// idle longest is asked to go, and the new one carries what is queued and ends.
class Connections {
public:
    static constexpr int most_kept_lanes = 14;
    /// Accepted ones at a time that aren't known yet, or carry one frame.
    static constexpr int most_passing = 4;

    /// What their owner knows and decides.
    class Owner {
    public:
        virtual ~Owner() = default;
        /// Of an accepted one, see Connection::ready().
        virtual Answer judge(Connection& connection) = 0;
        virtual void deliver(Connection& connection, Frame frame) = 0;
        /// Where to dial this one.
        virtual Address address_for(const Connection& connection) const = 0;
        /// No further attempt is made. `gone`: nobody listens there any more.
        virtual void unreachable(const Connection& connection, bool gone) = 0;
        /// It is about to be removed.
        virtual void closed(const Connection& connection) = 0;
    };

    /// `owner` must outlive it. `listener` may be closed: nothing is accepted.
    Connections(Owner& owner, const Key& key, Socket listener, std::uint64_t seed);
    Connections(const Connections&) = delete;
    Connections& operator=(const Connections&) = delete;

    /// Of rank 0 while it has no others: more newcomers at a time. Back to most_passing, it drops who isn't known yet.
    void set_most_passing(int most);
    /// Accepts from this machine alone.
    void set_loopback_only(bool only) { loopback_only_ = only; }

    /// A connection to hello.to, which turn() dials. Valid until it is removed.
    Connection& add(Hello hello);
    void remove(const Connection& connection);
    std::list<Connection>& all() { return connections_; }
    const std::list<Connection>& all() const { return connections_; }
    /// Whether an accepted lane may stay; makes room for later ones where not.
    bool grant_lane();
    void close_all();

    /// Waits for something to happen, at most `seconds`, and does what there is to do.
    void turn(double seconds);

    /// How many hold a socket, and the most at one time.
    int open() const;
    int most_open() const { return most_open_; }

private:
    int passing() const;
    int kept_lanes() const;
    void release_oldest_lane();
    bool may_accept() const;
    bool make_room();
    void accept_all();
    void ready(Connection& connection);
    void dial_rested();
    void note_failed(Connection& connection);
    double longest_sleep_s(double seconds) const;
    void bury();

    Owner& owner_;
    Key key_;
    Socket listener_;
    bool loopback_only_ = false;
    int most_passing_ = most_passing;
    std::list<Connection> connections_;
    std::vector<pollfd> polled_;
    double accept_again_s_ = 0;
    int most_open_ = 0;
    std::minstd_rand jitter_;
};

}  // namespace plumbline::control
