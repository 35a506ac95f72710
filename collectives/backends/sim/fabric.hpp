// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/backends/sim/channel.hpp"
#include "collectives/backends/sim/cost_model.hpp"
#include "collectives/backends/sim/faults.hpp"
#include "collectives/backends/sim/fibers.hpp"
#include "collectives/backends/sim/move_data.hpp"
#include "collectives/backends/sim/rank_lists.hpp"
#include "collectives/backends/sim/shared_links.hpp"
#include "collectives/backends/sim/sim_backend.hpp"
#include "collectives/backends/sim/virtual_time.hpp"
#include "collectives/operations/traffic.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <tuple>
#include <utility>
#include <vector>

namespace plumbline::sim {

/// What the ranks of one group share: their collectives, numbered, and their channels.
class SharedGroup {
public:
    SharedGroup(const Cluster& cluster, std::vector<int> members, std::uint64_t stream)
        : cluster_(cluster), members_(std::move(members)), stream_(stream), busy_until_s_(members_.size())
    {
    }

    /// Never blocks. The last rank to arrive moves the data of all.
    void arrive(std::uint64_t number, int rank, const Participant& participant, double now_s)
    {
        gate_.enter();
        Round& round = rounds_[number];
        round.participants.resize(members_.size());
        round.times_s.resize(members_.size());
        round.participants[index(rank)] = participant;
        round.times_s[index(rank)] = now_s;
        if (++round.arrived == members_.size()) {
            gate_.guard([&] { complete(round); });
            round.complete = true;
            signal_.wake_all();
        }
    }

    /// The moment at which the collective is done on `rank`.
    double depart(std::uint64_t number, int rank)
    {
        gate_.enter();
        Round& round = rounds_[number];
        gate_.wait(signal_, [&] { return round.complete; });
        const double done_s = round.times_s[index(rank)];
        if (++round.departed == members_.size()) {
            rounds_.release(round);
        }
        return done_s;
    }

    /// Of a message between two members while `concurrent_ranks`, of Fabric::ranks_once(), communicate.
    double bytes_per_s(int from, int to, const std::vector<int>& concurrent_ranks)
    {
        if (concurrent_ranks_ != &concurrent_ranks) {
            concurrent_ranks_ = &concurrent_ranks;
            sharing_ = Sharing(cluster_, concurrent_ranks);
        }
        return sharing_.message_bytes_per_s(members_[index(from)], members_[index(to)]);
    }

    Channel& channel(int from, int to, int tag)
    {
        auto& channel = channels_[{from, to, tag}];
        if (!channel) {
            const double slowness = link_factor(cluster_, members_[index(from)], members_[index(to)]);
            channel = std::make_unique<Channel>(gate_, cluster_, slowness, inbound_delay_of(to),
                                                hash_of({stream_, as_word(from), as_word(to), as_word(tag)}));
        }
        return *channel;
    }

    /// Wakes every rank that waits, and all that will, with `cause` or, where it is null, with std::runtime_error.
    void cancel(const std::exception_ptr& cause)
    {
        gate_.cancel(cause);
        signal_.wake_all();
        for (const auto& [key, channel] : channels_) {
            channel->wake_all();
        }
    }

private:
    struct Round {
        void reset(std::uint64_t its_number)
        {
            number = its_number;
            arrived = 0;
            departed = 0;
            complete = false;
        }

        std::uint64_t number = 0;
        std::vector<Participant> participants;
        std::vector<double> times_s;  ///< arrivals, then completions
        std::size_t arrived = 0;
        std::size_t departed = 0;
        bool complete = false;
    };

    static std::size_t index(int rank) { return static_cast<std::size_t>(rank); }
    double inbound_delay_of(int rank) const
    {
        const auto found = cluster_.inbound_delay_s.find(members_[index(rank)]);
        return found == cluster_.inbound_delay_s.end() ? 0 : found->second;
    }

    /// Of the slowest way between two members, or of a member alone: it holds up the closed form of a collective.
    double slowness()
    {
        if (!slowness_) {
            slowness_ = 1;
            for (const int member : members_) {
                slowness_ = std::max(*slowness_, slow_factor(cluster_, member));
            }
            slowness_ = std::max(*slowness_, slowness_of_links());
        }
        return *slowness_;
    }

    /// Links differ by node, so one rank of each is asked: thousands of ranks have millions of pairs. A node's ranks
    /// may be slow one by one, which slowness() has seen.
    double slowness_of_links() const
    {
        if (cluster_.faults.empty() && cluster_.link_spread == 0) {
            return 1;
        }
        std::map<int, int> rank_of_node;
        for (const int member : members_) {
            rank_of_node.emplace(member / std::max(cluster_.ranks_per_node, 1), member);
        }
        double most = 1;
        for (const auto& [from_node, from] : rank_of_node) {
            for (const auto& [to_node, to] : rank_of_node) {
                most = std::max(most, from == to ? 1 : link_factor(cluster_, from, to));
            }
        }
        return most;
    }

    void complete(Round& round)
    {
        require_matching(round.participants);
        const CollectiveCall* call = round.participants.front().call;
        if (call == nullptr) {
            finish_together(round, 0);
            return;
        }
        const DataMover mover(round.participants);
        mover.move();
        const double cost_s = seconds(round, mover);
        if (info(call->collective).pairs) {
            finish_in_pairs(round, call->pairs, cost_s);
            return;
        }
        finish_together(round, cost_s * slowness() * noise_factor(cluster_, stream_, round.number));
    }

    double seconds(const Round& round, const DataMover& mover) const
    {
        const CollectiveCall& call = *round.participants.front().call;
        const int ranks = static_cast<int>(members_.size());
        const std::uint64_t bytes =
            call.collective == Collective::alltoallv ? mover.bottleneck_bytes() : total_bytes(call, ranks);
        const auto on_crossbar = [&](std::uint64_t total) {
            return collective_seconds(call.collective, ranks, total, call.window, cluster_.latency_s,
                                      cluster_.bandwidth_bytes_per_s);
        };
        if (cluster_.shared == SharedLinks{}) {
            return on_crossbar(bytes);
        }
        const Movement movement =
            movement_of(call.collective, ranks, static_cast<double>(bytes), call.root, call.pairs, call.window);
        const auto through = [&](std::span<const int> group_of_rank) {
            return call.collective == Collective::alltoallv ? mover.through(group_of_rank)
                                                            : bytes_through(movement, group_of_rank);
        };
        return std::max(
            on_crossbar(bytes),
            on_crossbar(0) + shared_seconds(cluster_, through, members_, round.participants.front().concurrent_ranks));
    }

    /// Collectives of one group wait for each other where they overlap.
    void finish_together(Round& round, double cost_s)
    {
        const double ready_s = std::max(std::ranges::max(round.times_s), std::ranges::max(busy_until_s_));
        std::ranges::fill(round.times_s, ready_s + cost_s);
        busy_until_s_ = round.times_s;
    }

    void finish_in_pairs(Round& round, PairLayout layout, double cost_s)
    {
        const int ranks = static_cast<int>(members_.size());
        for (int rank = 0; rank < ranks; ++rank) {
            const std::optional<int> peer = partner(layout, rank, ranks);
            if (peer && rank < *peer) {
                const double factor = std::max(link_factor(cluster_, members_[index(rank)], members_[index(*peer)]),
                                               link_factor(cluster_, members_[index(*peer)], members_[index(rank)])) *
                                      noise_factor(cluster_, hash_of({stream_, as_word(rank)}), round.number);
                double& mine_s = round.times_s[index(rank)];
                double& theirs_s = round.times_s[index(*peer)];
                const double ready_s =
                    std::max({mine_s, theirs_s, busy_until_s_[index(rank)], busy_until_s_[index(*peer)]});
                mine_s = theirs_s = ready_s + cost_s * factor;
            }
        }
        busy_until_s_ = round.times_s;
    }

    const Cluster& cluster_;
    std::vector<int> members_;
    std::uint64_t stream_;
    std::vector<double> busy_until_s_;  ///< [rank]
    Rendezvous gate_;
    WaitingFibers signal_;
    Numbered<Round> rounds_;
    std::optional<double> slowness_;
    const std::vector<int>* concurrent_ranks_ = nullptr;  ///< that sharing_ is of
    Sharing sharing_;
    std::map<std::tuple<int, int, int>, std::unique_ptr<Channel>> channels_;
};

/// What the simulated ranks of one process share.
class Fabric {
public:
    Fabric(Cluster cluster, int ranks) : cluster_(std::move(cluster)), ranks_(static_cast<std::size_t>(ranks)) {}

    const Cluster& cluster() const { return cluster_; }
    int ranks() const { return static_cast<int>(ranks_.size()); }
    /// The one copy of a list of world ranks; lives as long as the fabric.
    const std::vector<int>& ranks_once(std::span<const int> world_ranks) { return lists_(world_ranks); }
    RankState& rank(int world_rank) { return ranks_.at(static_cast<std::size_t>(world_rank)); }

    /// Never blocks: the first member to come creates the group.
    std::shared_ptr<SharedGroup> join(std::span<const int> members, RankState& joiner)
    {
        const std::vector<int>* const key = &ranks_once(members);
        const std::uint64_t turn = joiner.joins[key]++;
        if (cancelled_) {
            throw std::runtime_error("the simulated cluster stopped (another rank failed)");
        }
        Gathering& gathering = gatherings_[{key, turn}];
        if (!gathering.group) {
            std::uint64_t stream = turn;
            for (const int member : members) {
                stream = hash_of({stream, as_word(member)});
            }
            gathering.group = std::make_shared<SharedGroup>(cluster_, *key, stream);
            std::erase_if(groups_, [](const auto& group) { return group.expired(); });
            groups_.push_back(gathering.group);
        }
        const std::shared_ptr<SharedGroup> group = gathering.group;
        if (++gathering.present == members.size()) {
            gatherings_.erase({key, turn});
        }
        return group;
    }

    /// As SharedGroup::cancel(), for all groups and those that are joined later.
    void cancel(const std::exception_ptr& cause)
    {
        cancelled_ = true;
        for (const auto& weak : groups_) {
            if (const auto group = weak.lock()) {
                group->cancel(cause);
            }
        }
    }

private:
    struct Gathering {
        std::shared_ptr<SharedGroup> group;
        std::size_t present = 0;
    };

    const Cluster cluster_;
    std::vector<RankState> ranks_;
    RankLists lists_;
    std::map<std::pair<const std::vector<int>*, std::uint64_t>, Gathering> gatherings_;  ///< not yet complete
    std::vector<std::weak_ptr<SharedGroup>> groups_;
    bool cancelled_ = false;
};

}  // namespace plumbline::sim
