// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/algorithm_selection.hpp"
#include "collectives/api/backend.hpp"
#include "collectives/api/communicator.hpp"
#include "harness/sync/start_sync.hpp"
#include "scenarios/model/scenario.hpp"

#include <cstddef>
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
/// evicted.
class GroupCache {
public:
    /// Refers to what it is given.
    explicit GroupCache(const GroupSources& sources) : sources_(sources) {}

    /// The group of these world ranks. Collective over them where it is not cached. Throws BackendError where the
    /// library doesn't survive a failure; otherwise CaseGroup::failure says it.
    const CaseGroup& get(const std::vector<int>& ranks, const std::optional<AlgorithmChoice>& algorithm = std::nullopt);

    /// The group of `subgroup`, ranks of the case whose world ranks are `case_ranks`. Collective over the subgroup
    /// where it is not cached. Throws BackendError.
    Group& subgroup(const std::vector<int>& subgroup, const std::vector<int>& case_ranks);

    /// The groups of the subgroups that this rank is in, in their order. Collective over the case, whose group is
    /// `whole`. Throws BackendError.
    std::vector<Group*> subgroups(const std::vector<std::vector<int>>& subgroups, const CaseGroup& whole);

    /// Evicts the groups all of whose members are among these world ranks.
    void evict_within(const std::vector<int>& ranks);

    /// Groups that are cached.
    std::size_t size() const { return groups_.size(); }

private:
    std::list<CaseGroup>::iterator find(const std::vector<int>& ranks, const std::optional<AlgorithmChoice>& algorithm);
    void make_group(CaseGroup& made) const;
    void attach_synchronisation(CaseGroup& made) const;
    void split(GroupSplitting& splitting, const std::vector<std::vector<int>>& subgroups, const CaseGroup& whole);

    GroupSources sources_;
    std::list<CaseGroup> groups_;  ///< a list: what get() returned stays where it is
};

/// Node of each of these world ranks.
std::vector<int> nodes_of(const Topology& topology, std::span<const int> ranks);

}  // namespace plumbline
