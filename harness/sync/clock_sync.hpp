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

/// How a rank's clock and the one that all ranks share go together:
/// common = local + offset_s + drift * (local - at_s).
struct ClockModel {
    double at_s = 0;  ///< local moment
    double offset_s = 0;
    double drift = 0;
    double error_s = 0;      ///< bound at at_s: half of the round trips to the rank whose clock is shared
    double drift_error = 0;  ///< standard error of the drift

    double common(double local_s) const { return local_s + (offset_s + drift * (local_s - at_s)); }
    double local(double common_s) const;
    /// error_s and twice the drift's for the time that has passed.
    double error_at(double local_s) const;
    bool operator==(const ClockModel&) const = default;
};

/// A question to another clock and its answer.
struct ClockExchange {
    double sent_s = 0;      ///< this clock
    double answered_s = 0;  ///< the other clock
    double received_s = 0;  ///< this clock
};

/// What the other clock was ahead at one moment of this one.
struct ClockPoint {
    double at_s = 0;
    double offset_s = 0;
    double error_s = 0;
    bool operator==(const ClockPoint&) const = default;
};

/// The other clock was read between sending and receiving, so its lead is at least the largest answered - received and
/// at most the least answered - sent: the middle of the two, half their distance as error (SKaMPI: Worsch, Reussner,
/// Augustin 2002). Where drift makes them contradict each other, by the quickest exchange alone. Not for no exchange.
ClockPoint intersect_bounds(std::span<const ClockExchange> exchanges);

/// Drift: least squares through all points, weighted by 1 / error^2. Offset: through the last `recent` of them, so that
/// what a drift that changes did long ago does not count. Not for no point; no drift from fewer than two moments.
ClockModel fit_clock(std::span<const ClockPoint> points, std::size_t recent);

struct ClockSyncSettings {
    int points = 10;          ///< offsets a fit
    int exchanges = 10;       ///< an offset
    double spacing_s = 1e-3;  ///< between offsets: the longer the better for the drift
    /// Node of each member; ranks of one node read the same clock. Empty: each rank is a node of its own.
    std::vector<int> node_of_member;
};

/// Collective over `members`, the ranks of `group`: this rank's model of rank 0's clock, in ceil(log2 nodes) rounds.
/// Top-down as HCA3 (Hunold, Carpen-Amarie, CLUSTER'18): whoever knows the shared clock already answers with it, so
/// that models need not be merged; nodes beyond the largest power of two come in a last round.
/// `history` is this rank's points of earlier calls; the new ones are added.
ClockModel sync_clocks(Group& group, Communicator& members, const Clock& clock, const ClockSyncSettings& settings,
                       std::vector<ClockPoint>& history);

/// The clock that the ranks of a group share, kept up while they work.
class CommonClock {
public:
    /// How it is known: not at all, because the node's clock is the same, or by asking.
    enum class Kind : std::uint8_t { none, same_node, hca3 };

    CommonClock(Kind kind, ClockSyncSettings settings) : kind_(kind), settings_(std::move(settings)) {}

    /// Collective over `members`, the ranks of `group`: measures when the model is older than it can bear, which is
    /// five times the time that its points span, at most 10 s.
    void refresh(Group& group, Communicator& members, const Clock& clock);

    bool can_tell() const { return kind_ != Kind::none; }
    /// Of this rank; nothing where no clock is shared, and before the first refresh().
    const std::optional<ClockModel>& model() const { return model_; }

private:
    bool is_old(const Clock& clock) const;

    Kind kind_;
    ClockSyncSettings settings_;
    std::optional<ClockModel> model_;
    std::vector<ClockPoint> history_;
    double first_s_ = 0;
    double last_s_ = 0;
};

}  // namespace plumbline
