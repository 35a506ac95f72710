// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/control/connections.hpp"
#include "collectives/control/launch_broken.hpp"
#include "collectives/control/roster.hpp"
#include "collectives/control/tree.hpp"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace plumbline::control {

/// What a frame is filed under at its destination.
struct MailKey {
    int source = 0;
    std::uint64_t group = 0;
    std::uint64_t number = 0;
    auto operator<=>(const MailKey&) const = default;
};

struct NetworkSettings {
    Key key{};
    Hello self;  ///< of this rank: rank, size, pid, port, instance, version, host
    bool loopback_only = false;
};

/// This rank's connections and what comes over them. All work is done inside the calls, by the thread that calls: no
/// thread of its own disturbs cores that measure, and who waits sleeps in poll().
///
/// Connections, at most 40: the edges of the launch's tree (world_degree + 1, from start to end); up to 14 lanes that
/// stay, to other ranks; few that come and go: handshakes, and lanes for one frame where no more may stay. Any two
/// ranks can exchange frames; a frame waits in the kernel, or at its sender, until its receiver is in a call, and in
/// the receiver's memory until it is taken.
class Network final : private Connections::Owner {
public:
    Network(const NetworkSettings& settings, Socket listener);
    Network(const Network&) = delete;
    Network& operator=(const Network&) = delete;
    ~Network() override = default;

    int rank() const { return self_.rank; }
    int size() const { return self_.size; }
    const Roster& roster() const { return roster_; }
    /// "rank 3 on node2 (pid 99)".
    std::string name(int rank) const { return rank == self_.rank ? own_name() : roster_.name(rank); }
    std::string own_name() const;

    // --- while ranks come together -----------------------------------------------------------------------------------

    /// What rank 0 says to a newcomer; `proven`: it has the token. For another protocol there is no answer.
    using Registrar = std::function<Answer(const Connection& newcomer, bool proven)>;
    /// Rank 0: also allows more handshakes at a time, until there are edges.
    void set_registrar(Registrar registrar);
    void set_launch(std::uint64_t launch) { self_.launch = launch; }
    void set_master(const Address& address) { master_ = address; }
    void set_roster(Roster roster) { roster_ = std::move(roster); }
    /// Called between polls at least every 100 ms; may throw. Null: waits as long as it takes.
    void set_watch(std::function<void()> watch) { watch_ = std::move(watch); }

    /// Introduces this rank to rank 0, once; returns when that is answered or failed, or `watch` throws.
    struct Introduction {
        std::optional<Answer> answer;
        std::string why_not;
    };
    Introduction introduce(const Address& to);
    /// Waits for the parent's edge and the roster that comes over it, at most `seconds`; false where neither came.
    bool wait_for_roster(double seconds);
    /// Connects to the children and sends them the roster.
    void adopt_children();
    /// Tells ranks that the launch is over, as far as they can be reached within `seconds`.
    void tell(std::span<const int> ranks, const News& news, double seconds);
    /// Serves what comes for `seconds` or until something came.
    void serve(double seconds);

    // --- afterwards --------------------------------------------------------------------------------------------------
    // All throw LaunchBroken once a rank is gone (ConfigError where ranks don't come together).

    /// Reads what has come, news above all.
    void look();
    /// Sends a frame; to this rank itself too. `payload` is referred to until flush() returns.
    void post(int to, std::uint64_t group, std::uint64_t number, std::span<const std::byte> payload);
    /// Waits until the kernel has all that was posted, which may be until its receivers are in a call.
    void flush();
    /// Waits for that frame.
    std::vector<std::byte> take(const MailKey& key);
    bool has(const MailKey& key) const { return mail_.contains(key); }

    [[noreturn]] void abort(int status);
    /// The end, as of MPI_Finalize: waits until the ranks below in the tree have left, then tells the one above.
    /// At once where the launch is over; doesn't return where a rank called abort().
    void leave() noexcept;

    int connections() const { return connections_.open(); }
    int most_connections() const { return connections_.most_open(); }

private:
    Answer judge(Connection& connection) override;
    void deliver(Connection& connection, Frame frame) override;
    Address address_for(const Connection& connection) const override;
    void unreachable(const Connection& connection, bool gone) override;
    void closed(const Connection& connection) override;

    Answer judge_known(const Hello& hello);
    Connection& dial(int to, Hello::Purpose purpose);
    Connection* route(int to);
    void turn(double seconds);
    void end(const News& news, const Connection* heard_from);
    void throw_if_over();
    void spread();
    template <class Done>
    bool wait_until(Done done, double until_s = never_s);
    bool has_left(int neighbour) const;

    Hello self_;
    Tree tree_;
    Address master_;
    Roster roster_;
    Registrar registrar_;
    std::function<void()> watch_;
    Connections connections_;
    std::map<MailKey, std::vector<std::byte>> mail_;
    std::vector<std::byte> encoded_roster_;
    std::set<int> left_;  ///< neighbours that have left in order
    std::optional<News> over_;
    bool spread_ = false;
};

}  // namespace plumbline::control
