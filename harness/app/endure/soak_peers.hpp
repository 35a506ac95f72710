// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/endure/fault_injection.hpp"
#include "harness/endure/line_connection.hpp"
#include "harness/endure/messages.hpp"

#include <poll.h>

#include <functional>
#include <list>
#include <map>
#include <string>
#include <vector>

namespace plumbline::app {

/// The ranks of a soak's present job, as its supervisor hears them: rank 0, which tells of steps ("main"), an agent of
/// each rank, and who has a last word before a launch ends ("word"). Used by one thread, never blocks.
class SoakPeers {
public:
    /// Throws std::system_error where it can't listen.
    SoakPeers() = default;

    /// Where ranks find it: "ADDRESS:PORT,[ADDRESS]:PORT".
    std::string addresses() const { return listener_.addresses(); }
    /// A job begins: who doesn't show this secret is a stranger, or a late word of the job before.
    void expect(std::string secret);
    /// Ranks end by themselves where nobody listens.
    void leave() { peers_.clear(); }

    /// Adds what poll() waits for.
    void add_descriptors(std::vector<pollfd>& waiting) const;
    /// Lets in who has come.
    void accept();

    struct Handlers {
        std::function<endure::Message()> greeting;                ///< for rank 0
        std::function<void(const endure::Message&)> from_rank_0;  ///< wrong data comes with the "rank" that had it
        std::function<void(const endure::Message&)> last_word;
        std::function<void()> rank_0_is_gone;
    };
    /// Takes in what has arrived.
    void hear(const Handlers& handlers);
    void tell_rank_0(const endure::Message& message);

    /// The agents, for faults. Valid until the next call of anything else.
    std::vector<endure::RankLink> links();
    /// Of a rank that said hello in this job; "" of others.
    std::string host_of(int rank) const;

private:
    struct Peer {
        endure::LineConnection connection;
        std::string role;  ///< "" before its hello
        int rank = 0;
        int node = 0;
    };
    bool introduce(Peer& peer, const endure::Message& message, const Handlers& handlers);

    endure::LineListener listener_;
    std::string secret_;
    std::list<Peer> peers_;
    std::map<int, std::string> host_of_rank_;
};

}  // namespace plumbline::app
