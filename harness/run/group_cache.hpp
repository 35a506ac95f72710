// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/algorithm_selection.hpp"
#include "collectives/api/backend.hpp"
#include "collectives/api/communicator.hpp"
#include "harness/sync/start_sync.hpp"
#include "scenarios/model/scenario.hpp"

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace plumbline {

/// The ranks of a case with the communicators of both planes.
struct CaseGroup {
    std::optional<AlgorithmChoice> algorithm;  ///< nothing: the library chooses
    std::unique_ptr<Communicator> members;
    std::unique_ptr<Group> group;
    std::unique_ptr<Group> start_group;                ///< brings the ranks to a common start; null: `group` does
    std::optional<std::string> failure;                ///< why there is no group: the same on all ranks
    std::unique_ptr<Synchronisation> synchronisation;  ///< refers to those above
    std::uint64_t last_case = 0;                       ///< number of the case that used it last
};

/// What groups are made with.
struct GroupSources {
    Communicator& world;
    Backend& backend;
    Backend* sync_backend = nullptr;  ///< brings ranks to a common start; null: `backend` does
    const SyncSettings& sync;
    const Topology& topology;
};

/// The groups of a launch by their world ranks. Creating a communicator is expensive, so groups are kept until they are
/// evicted: once so many other rank sets were measured since.
class GroupCache {
public:
    /// Rank sets, each by itself and by each algorithm, whose groups are kept. Libraries have some thousands of
    /// communicators, and a device's hold memory.
    static constexpr std::size_t most_rank_sets = 64;

    /// Refers to what it is given.
    explicit GroupCache(const GroupSources& sources) : sources_(sources) {}

    /// A case of these world ranks comes next. On every rank of the launch, also those that sit it out, in the same
    /// order: who uses a group evicts it with the others who do. Groups of the rank set that came longest ago go where
    /// there are too many.
    void begin_case(std::shared_ptr<const std::vector<int>> ranks,
                    const std::optional<AlgorithmChoice>& algorithm = std::nullopt);

    /// The group of these world ranks. Collective over them where it is not cached. Throws BackendError where the
    /// library doesn't survive a failure; otherwise CaseGroup::failure says it.
    const CaseGroup& get(const std::vector<int>& ranks, const std::optional<AlgorithmChoice>& algorithm = std::nullopt);

    /// The group of `subgroup`, ranks of the case whose world ranks are `case_ranks`. Collective over the subgroup
    /// where it is not cached. Throws BackendError.
    Group& subgroup(const std::vector<int>& subgroup, std::span<const int> case_ranks);

    /// The groups of the subgroups that this rank is in, in their order. Collective over the case, whose group is
    /// `whole`. Throws BackendError.
    std::vector<Group*> subgroups(const std::vector<std::vector<int>>& subgroups, const CaseGroup& whole);

    /// Evicts the groups all of whose members are among these world ranks.
    void evict_within(const std::vector<int>& ranks);

    /// Collective over all world ranks, between two cases: evicts all, and what the library keeps goes too, so that
    /// every group is new.
    void renew();

    /// Groups that are cached.
    std::size_t size() const { return groups_.size(); }

private:
    std::list<CaseGroup>::iterator find(const std::vector<int>& ranks, const std::optional<AlgorithmChoice>& algorithm);
    void make_group(CaseGroup& made) const;
    void attach_synchronisation(CaseGroup& made) const;
    void split(GroupSplitting& splitting, const std::vector<std::vector<int>>& subgroups, const CaseGroup& whole);

    /// A rank set that was measured, and the number of its last case.
    struct RankSet {
        std::shared_ptr<const std::vector<int>> ranks;
        std::optional<AlgorithmChoice> algorithm;
        std::uint64_t last_case = 0;
    };

    GroupSources sources_;
    std::uint64_t cases_ = 0;      ///< that begin_case() was told of
    std::list<RankSet> recent_;    ///< the latest first; the same on all ranks
    std::list<CaseGroup> groups_;  ///< a list: what get() returned stays where it is
};

/// Node of each of these world ranks.
std::vector<int> nodes_of(const Topology& topology, std::span<const int> ranks);

}  // namespace plumbline
