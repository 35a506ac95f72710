// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/clock.hpp"
#include "collectives/api/communicator.hpp"
#include "collectives/api/group.hpp"
#include "harness/sync/clock_sync.hpp"
#include "results/records/round.hpp"
#include "scenarios/model/scenario.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace plumbline {

/// plumbline's own barrier, the same over every library: ceil(log2 n) rounds, in round k of which rank r sends a byte
/// to r + 2^k and waits for one from r - 2^k (Hensgen, Finkel, Manber 1988). Prepared once.
class DisseminationBarrier {
public:
    explicit DisseminationBarrier(Group& group);
    /// Collective over the group: whether any rank passed a flag.
    bool meet(bool flag = false);

private:
    struct Round {
        std::unique_ptr<Buffer> out;
        std::unique_ptr<Buffer> in;
        std::unique_ptr<Operation> send;
        std::unique_ptr<Operation> receive;
    };
    std::vector<Round> rounds_;
};

/// Broadcast of a number from rank 0 along a binomial tree of messages. Prepared once.
class TreeBroadcast {
public:
    explicit TreeBroadcast(Group& group);
    /// Collective over the group: rank 0's value.
    double share(double value);

private:
    std::unique_ptr<Buffer> buffer_;
    std::unique_ptr<Operation> receive_;
    std::vector<std::unique_ptr<Operation>> sends_;
};

/// Brings the ranks of a group to a common start, outside the timed region.
class StartSync {
public:
    StartSync() = default;
    StartSync(const StartSync&) = delete;
    StartSync& operator=(const StartSync&) = delete;
    virtual ~StartSync() = default;
    /// Collective over the group.
    virtual void synchronize() = 0;
    /// Whether this rank left the last synchronize() after the common start; only a start window knows.
    virtual bool late() const { return false; }
    /// Never automatic.
    virtual SyncMode mode() const = 0;
};

std::unique_ptr<StartSync> make_barrier_alignment(Group& group);
std::unique_ptr<StartSync> make_dissemination_alignment(Group& group);

/// A start window: after a barrier rank 0 broadcasts a time of the common clock, and all ranks wait for it. A rank that
/// continues more than 1 us after that time is late. The time is `margin_s` ahead or, where that is not given, three
/// times the duration of a broadcast, up to 16 times that after late starts. Collective over members. `clock_model` may
/// change between starts.
std::unique_ptr<StartSync> make_window_alignment(Group& group, Communicator& members, const Clock& clock,
                                                 const std::optional<ClockModel>& clock_model,
                                                 std::optional<double> margin_s);

/// The settings with the clock that `auto` means where the ranks of a case lie on `nodes` nodes.
SyncSettings resolve(SyncSettings asked, int nodes);

/// How the ranks of a group start together, and the clock on which their starts are compared. Reused from case to case.
class Synchronisation {
public:
    /// `node_of_member`: node of each rank of the group. Not collective.
    Synchronisation(Group& group, Communicator& members, const Clock& clock, const SyncSettings& asked,
                    const std::vector<int>& node_of_member);

    /// Why the ranks can't be synchronised this way, one sentence; the same on all ranks.
    std::optional<std::string> refusal() const;
    /// Collective. Call it at the beginning of each round of a case.
    void begin_round();
    StartSync& start_sync() { return *start_sync_; }
    /// This rank's clock model since the last begin_round(); nothing where the ranks share no clock.
    const std::optional<ClockModel>& common_clock() const { return common_clock_.model(); }

private:
    std::unique_ptr<StartSync> make_window();
    /// Collective: a window where the ranks arrive in time for it, else dissemination.
    void choose();

    Group& group_;
    Communicator& members_;
    const Clock& clock_;
    SyncSettings settings_;
    CommonClock common_clock_;
    std::unique_ptr<StartSync> start_sync_;
};

/// The start times of the samples of a round, on this rank.
class StartLog {
public:
    void reserve(std::size_t samples);
    void add(double begin_s, bool late);
    std::size_t size() const { return begins_s_.size(); }

    /// [sample] time on the common clock.
    std::vector<double> on(const ClockModel& model) const;
    /// Error bound of the clock model while the samples were taken.
    double error_s(const ClockModel& model) const;
    /// [sample] 1 = late; numbers, so that Communicator::allreduce_max_each() gives those of any rank.
    std::vector<double> late() const { return {late_.begin(), late_.end()}; }

private:
    std::vector<double> begins_s_;
    std::vector<std::uint8_t> late_;
};

/// Start times of each row relative to its earliest one.
SampleMatrix offsets_from_earliest(SampleMatrix starts);

/// For the record: "barrier of the library, before each sample; ...". What `auto` resolves to is recorded in each
/// round.
std::string describe_synchronisation(const SyncSettings& asked);
/// The clock on which starts are compared in a launch on `nodes` nodes, for the record.
std::string describe_common_clock(const SyncSettings& asked, int nodes);

}  // namespace plumbline
