// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/clock.hpp"
#include "collectives/api/communicator.hpp"
#include "collectives/api/group.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace plumbline {

/// A linear model of the shared clock as a function of a rank's own:
/// common = local + offset_s + drift * (local - at_s).
struct ClockModel {
    double at_s = 0;  ///< reference time on the local clock
    double offset_s = 0;
    double drift = 0;
    /// At at_s: half of the round trips on the way to the rank of the shared clock, and what the drift of those on the
    /// way may have come to since they learnt it.
    double error_s = 0;
    double drift_error = 0;  ///< standard error of the drift

    double common(double local_s) const { return local_s + (offset_s + drift * (local_s - at_s)); }
    double local(double common_s) const;
    /// error_s, plus twice the error of the drift over the time since at_s.
    double error_at(double local_s) const;
    bool operator==(const ClockModel&) const = default;
};

/// One exchange with another clock.
struct ClockExchange {
    double sent_s = 0;      ///< this clock
    double answered_s = 0;  ///< the other clock
    double received_s = 0;  ///< this clock
};

/// The offset of another clock at one time of this one.
struct ClockPoint {
    double at_s = 0;
    double offset_s = 0;
    double error_s = 0;
    bool operator==(const ClockPoint&) const = default;
};

/// The other clock was read between sending and receiving, so its offset is at least the largest answered - received
/// and at most the least answered - sent. The estimate is the middle, with half the distance as error (SKaMPI: Worsch,
/// Reussner, Augustin 2002). Where drift makes the bounds contradict each other, the fastest exchange alone counts.
/// Needs an exchange.
ClockPoint intersect_bounds(std::span<const ClockExchange> exchanges);

/// Fits the drift by least squares through all points, weighted by 1 / error^2, and the offset through the last
/// `recent` of them, so that old values of a changing drift don't count. Needs a point; the drift is 0 for fewer than
/// two times.
ClockModel fit_clock(std::span<const ClockPoint> points, std::size_t recent);

struct ClockSyncSettings {
    int points = 10;          ///< offsets per fit
    int exchanges = 10;       ///< exchanges per offset
    double spacing_s = 1e-3;  ///< between offsets: a longer one gives a better drift
    /// Node of each member; ranks of one node read the same clock. Empty: each rank is a node of its own.
    std::vector<int> node_of_member;
};

/// What one rank does when the clocks of a group are compared: O(log nodes) numbers, where a list of the nodes would be
/// O(ranks) on each.
struct ClockTree {
    enum class Part : std::uint8_t { teaches, learns };
    struct Step {
        Part part = Part::teaches;
        int peer = 0;
        bool operator==(const Step&) const = default;
    };
    int leader = 0;           ///< the first rank of this rank's node, which compares its clock for the node
    std::vector<Step> steps;  ///< in their order; none but on a leader
    std::vector<int> others;  ///< of the leader's node, who are told; none elsewhere
    bool operator==(const ClockTree&) const = default;
};
/// Pure, in O(size) steps. `node_of_member` as in ClockSyncSettings.
ClockTree clock_tree(const std::vector<int>& node_of_member, int rank, int size);

/// Collective over `members`, the ranks of `group`: this rank's model of rank 0's clock, in ceil(log2 nodes) rounds.
/// Top-down as HCA3 (Hunold, Carpen-Amarie, CLUSTER'18): a rank that knows the shared clock answers with it, so models
/// are not merged; nodes beyond the largest power of two take a last round. `history`: this rank's points of earlier
/// calls, to which the new ones are added.
ClockModel sync_clocks(Group& group, Communicator& members, const Clock& clock, const ClockSyncSettings& settings,
                       std::vector<ClockPoint>& history);

/// The clock that the ranks of a group share, kept synchronised during a run.
class CommonClock {
public:
    /// How the clock is shared: not at all, as the clock of the only node, or by messages.
    enum class Kind : std::uint8_t { none, same_node, hca3 };

    /// `tree`: of this rank, where it is known already; then the settings need no nodes.
    CommonClock(Kind kind, ClockSyncSettings settings, std::optional<ClockTree> tree = std::nullopt)
        : kind_(kind), settings_(std::move(settings)), tree_(std::move(tree))
    {
    }

    /// Collective over `members`, the ranks of `group`: measures again where the model is too old, which is five times
    /// the time that its points span, at most 10 s.
    void refresh(Group& group, Communicator& members, const Clock& clock);

    bool can_tell() const { return kind_ != Kind::none; }
    /// This rank's model; nothing where no clock is shared, and before the first refresh().
    const std::optional<ClockModel>& model() const { return model_; }

private:
    bool is_old(const Clock& clock) const;

    Kind kind_;
    ClockSyncSettings settings_;
    std::optional<ClockTree> tree_;
    std::optional<ClockModel> model_;
    std::vector<ClockPoint> history_;
    double first_s_ = 0;
    double last_s_ = 0;
};

}  // namespace plumbline
